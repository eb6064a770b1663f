"""What the operators share: base classes, and the steps of a task that pays, in order (``course``).

``base`` is below all of them, ``submit`` below those that pay, ``archive_base`` below those that store. No class here
stands in a DAG file by itself. Not here: what a step does once the arguments are checked values (``tasks``).
"""
