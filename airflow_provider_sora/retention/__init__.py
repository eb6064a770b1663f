"""What of an archive may go when: rejected clips, drafts with a final, old state, old account books, servers' copies.

Here belong the rules of what may go and what that costs later (``what``, pure), the search for it (``finding``), and
the deleting, which notes what went before it goes (``cleaning``, ``remote``). Receipts, decisions, approved clips and
the memory of what was made are never found here. Nothing is deleted that the caller has not been shown.
"""
