"""What people decide about archived clips, and what follows from it: a trail beside the receipt, copies to publish.

Belongs here: the decision object and which may follow which (pure), its create-only writing, what an approval copies
and a withdrawal takes away, and the words of a question. Not here: how Airflow asks and what it announces
(``operators``, ``tasks``), who may answer (``plugins.security``), how a trail is shown (``gallery``, ``pages``), and
the paying for a change (``RemixOperator``, like any other).
"""
