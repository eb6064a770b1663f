"""How a task comes to its one job: which connection is asked, what may be spent, what the request is made of.

``obtaining`` puts it together; ``payers`` and ``dag_reader`` say which other tasks of this Airflow pay, ``purse``
asks the spending caps, ``pictures`` and ``private_prompt`` load what is sent along. Not here: the paid request itself
and its record (``jobs``), the arguments as values (``tasks.terms``), or what a finished job leaves behind
(``tasks.ending``).
"""
