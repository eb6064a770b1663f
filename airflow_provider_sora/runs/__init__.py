"""One run of a DAG that makes many videos: choose, plan, remember what was paid, stay within the budget, report.

Here belong decisions over many items and what a run keeps in its bucket (``remembered/``). Not here: one job
(``jobs``), one archive (``archive``), what a feed or catalogue says (``inputs``), wording (``prompts``, ``words``).
"""
