"""What a DAG knows of its earlier runs, as small objects in its bucket: what was made, claimed, tried and seen.

Create-only names wherever two runs may write at once. Not here: the recovery record of one task (``jobs.ledger``).
"""
