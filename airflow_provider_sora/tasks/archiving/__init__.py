"""How tasks archive: options judged before anything is paid, one video or many, and what is told of it.

Belongs here what stands between Airflow and the archive: from archive operators, and from paying ones that keep
their own video. Not here: how a video gets into its place (``archive``).
"""
