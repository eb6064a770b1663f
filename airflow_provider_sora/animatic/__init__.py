"""The bundled server: the whole protocol, drafts that play, and every fault a server has shown.

Here belong its routes, job store, ageing, faults and accents (``dialects/``), and what draws (``renderer/``). It stands
in for somebody else's server, so it imports nothing of ours but the version: what both sides share could agree on a
mistake. Nothing that a DAG or a worker needs belongs here.
"""
