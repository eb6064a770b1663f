"""One paid job, from plan to verdict: submit once, keep the record, settle a lost answer, wait, count money.

Here belong decisions about one task's job, its record (:mod:`.ledger`) and words about money. ``settling/`` finds out
what became of a request whose answer was lost, ``waiting/`` looks until a job ends. Not here: operators and Airflow
(``tasks`` hands in what is needed), and what a server's answer looks like (``protocol``).
"""
