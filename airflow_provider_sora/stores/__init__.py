"""Where objects lie: one contract (:mod:`.contract`), and Cloud Storage, folders and fsspec stores behind it.

Here belongs how a kind of store creates without overwriting, tells what it holds, and logs in. A new store is a
room here and a line in :mod:`.open`. Not here: which objects there are and what they are called (``archive``).
"""
