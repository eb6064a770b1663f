"""Where objects lie: one contract (:mod:`.contract`), and Cloud Storage, folders and fsspec stores behind it.

Here belongs how a kind of store creates without overwriting, tells what it holds, and logs in. A new store is a
room here and a line in :mod:`.open`; :mod:`.keys` makes names that are safe on every one of them. Not here: which
objects there are and what they are called (``archive``).
"""
