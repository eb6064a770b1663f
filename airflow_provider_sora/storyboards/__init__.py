"""A film as a person writes it: one file with a preset, characters and scenes in order, in English or Japanese.

Here belong the file's keys (``file``), its reading with one clear error by line and scene (``reading``), the order in
which scenes can be made (``shots``), the words that are sent (``wording``), what contradicts in them
(``contradictions``), what a scene asks of one server beside its words (``scene_request``), and what people are shown
of all that (``preview``).

Not here: which scenes a run pays for and what is remembered of them (``runs``), the cut (``media``), and the lint's
patterns and a style's parts, which articles and products share (``prompts``). Nothing here pays or writes.
"""
