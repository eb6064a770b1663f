"""An archive read again, long after: does it still match its receipts, and what do they add up to.

Belongs here what reads and changes nothing. Not here: finding and reading receipts (``archive.receipts``), or what
one run reports (``runs.reporting``).
"""
