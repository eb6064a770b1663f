"""The body of a paid request: its pieces, sent without a copy, and how long its sending may take.

Not here: which fields a server wants in it (``wire``), and the request around it (``transport``).
"""
