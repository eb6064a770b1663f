"""What keeps secrets and private words out of all that is shown, logged or kept.

``addresses`` takes off an address what may be a key, ``scrub`` does so within any text and under telling names, and
``discretion`` leaves out what a server says while private data is under way. Rules on plain text and values, usable
by every room. Not here: what a server's answer may hold besides (``protocol.http.reading.redaction``), or what may
stand as an address on a page (``pages.safe_links``).
"""
