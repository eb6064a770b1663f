"""Webhooks arriving at Airflow's API server: the route, the secrets that sign them, and where their marks lie.

Not here: what a delivery says (``webhooks``) and who waits for it (``triggers``).
"""
