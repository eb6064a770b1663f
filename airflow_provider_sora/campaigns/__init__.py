"""From one template, a table and variants to the clips of a campaign. Pure: nothing here reads, writes or pays.

Here belong the template's named places (:mod:`.template`), the axes and their combinations (:mod:`.axes`), and what of
both becomes a clip of which row (:mod:`.plan`). The same input always gives the same names in the same order.

Not here: how a table is read (``inputs.catalogues``), what a run makes of the plan within its budget
(``runs.choosing.campaign``), and the manifest and page at its end (``runs.reporting.campaign``, ``pages``).
"""
