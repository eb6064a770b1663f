"""The video's bytes on their way into the store: read with breaks healed, read ahead, written once and whole.

Not here: stills and receipts, how a kind of store writes (``stores``), or how a server hands bytes out
(``protocol.content``).
"""
