"""Real parts to stand on, shared by tests, benchmarks and commands: ports, processes, Airflow, its databases, a bucket.

Belongs here what starts or speaks to something real and can be imported by any of the three. Imports none of them:
what people type lies in ``devtools``, what is measured in ``benchmarks``. Not shipped in the wheel.
"""
