"""One request and its answer, on the SDK's transport: headers from nothing, bounds, pace, proxies, no secrets.

Here belongs what holds for every server and every call. Not here: what a call means (``protocol``) or its answer
(``answers``).
"""
