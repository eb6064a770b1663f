"""``@task.sora_video`` and ``@task.sora_remix``: a function says what to film, the paying operators do the rest.

Here belong the decorators, what a decorated function may answer, and how its answer is kept from the first try to the
last. What the request costs, how it is sent once, waited for and archived is the operators' (``operators``) and lies
below them; nothing of that is repeated here. A plain ``@task`` that calls ``SoraHook`` is no subject of this room: it
has none of its promises (docs/taskflow.md). Imports nothing that a parse would pay for.
"""
