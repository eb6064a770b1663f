"""Parts that a DAG which makes many videos needs around the operators: what to make, once, and what to say of it.

Reading: ``feed`` and ``catalogue`` turn a source (``sources``) into rows, and say which rows they left out and why.
Deciding: ``memory``, ``fingerprint`` and ``budget`` tell what was made before and what may be spent.
Writing: ``style`` and ``prompt`` build prompts, ``prompt_lint`` warns of wordings that are known to fail.
Keeping: ``keys`` names folders, ``storage`` keeps small JSON in the bucket, ``inputs`` keeps what a run chose.
Running: ``preflight`` before anything is paid, ``gates`` inside the mapped group, ``report`` and ``notice`` after it.

Each part works without the others, and imports nothing heavy until it is called.
"""
