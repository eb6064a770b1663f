"""What a paying or archiving task does, below operators and sensors: arguments made into values, and what follows.

Here belongs what knows Airflow's context but no operator: terms, paying, ending, archiving.
What can be decided without Airflow belongs in ``jobs`` or ``archive``.
"""
