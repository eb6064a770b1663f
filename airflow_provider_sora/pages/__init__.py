"""Everything a person looks at, as HTML beside the clips: one base, one stylesheet, no script from elsewhere.

Not here: the words themselves (``words``), and what a run has to tell (``runs``).
"""
