"""What comes from outside, read with suspicion: whoever wrote it is not whoever wrote the DAG.

Here belong the readers of what others send: :mod:`.catalogues` (a shop's own export), the bytes behind an address
(:mod:`.sources`), what a cell may name as a picture (:mod:`.pictures`), which encoding bytes are in
(:mod:`.encoding`), and the one rule for files of this machine and what an error may quote (:mod:`.sources.allowed`).

Not here: what a run makes of it (``runs``), what is sent to a server (``protocol``), where clips lie (``stores``).
Nothing here pays for anything, knows an operator, or writes.
"""
