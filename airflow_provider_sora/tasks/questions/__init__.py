"""What the tasks do that ask people about clips, below their operators: show, take the answer, act on it.

Belongs here what knows Airflow's context. Not here: decisions and promotion themselves (``review``), or who asks
how (``operators``).
"""
