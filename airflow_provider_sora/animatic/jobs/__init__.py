"""From a paid request to a finished video: orders taken, kept in files, rendered in processes.

Here belongs what is done with a job. Not here: what a job is (``aging``), how a request is read and judged (``forms``,
``validate``), the routes that lead here (``routes``), and the drawing itself (``renderer``).
"""
