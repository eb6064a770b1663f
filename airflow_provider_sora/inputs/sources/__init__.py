"""The bytes behind an address that somebody wrote: documents (feeds, catalogues) and pictures.

Here belong the kinds of address, their caps, and :mod:`.allowed`, the one rule for files of this machine. Not here:
what the bytes mean (``feeds``, ``catalogues``, ``pictures``), and who may be asked on the web (``web``).
"""
