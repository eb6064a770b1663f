"""Looking at a job until it ends: one decision a look, shared by worker, triggerer and sensor.

Here belong what was seen, what to do next, how progress is logged, and the verdict as an event and as an error. Only
GETs, and no Airflow: sleeping is handed in.
"""
