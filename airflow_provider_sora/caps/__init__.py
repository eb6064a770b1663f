"""Spending caps of a deployment: what all its DAGs together may pay for in a month or a day, in all or for a label.

Here belong the rules (``limits``, pure), the book in which each paid request is entered first (``account_book``),
and where a deployment says both (``configured``). A request that does not fit is not sent; two that want the last
dollars at the same moment cannot both have them. Not here: what one task, batch or run may cost (``jobs``, ``runs``,
``operators``), and what was paid in the end, which receipts say (``archive``).
"""
