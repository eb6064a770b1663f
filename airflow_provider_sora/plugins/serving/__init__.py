"""Clips' files for players and browsers, a piece at a time, and the shelf on which the API server finds them.

Not here: pages and JSON (``plugins.browsing``), or who is asking (``plugins.security``).
"""
