"""``airflow sora …``: what people ask before they schedule anything.

Here belong the commands' words, arguments, printing and exit codes; what they find out lies in the rooms below, so
that a task or a notebook can ask the same. A command that pays, or that a running DAG needs, does not belong here.

Exit codes: 0 yes, 1 the answer is no, 2 it could not be looked at. :mod:`.definition` is what Airflow loads; it
imports none of the others before a command runs.
"""
