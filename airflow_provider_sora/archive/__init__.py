"""One finished video into its place in a store, once and whole, with a receipt; and the reading of what lies there.

Here belong names of objects, transfer, whose an object is, receipts, stills beside a video, checks after the fact,
and final cuts. Not here: how a kind of store writes (``stores``), what is inside a video (``media``), pages
(``pages``), or which videos a run archives (``runs``).
"""
