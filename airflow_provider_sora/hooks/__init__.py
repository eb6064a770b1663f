"""Airflow's hook: a connection made into calls of the protocol. Thin: what is sent and read lies in ``protocol``.

Nothing here pays for anything by itself, waits, or writes into a bucket.
"""
