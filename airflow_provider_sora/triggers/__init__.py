"""What the triggerer runs while nobody works: it only looks, once every few minutes or seconds, and never pays.

Its path and arguments are stored in Airflow's database: they are only ever added to.
"""
