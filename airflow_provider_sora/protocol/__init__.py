"""What servers that speak ``/v1/videos`` want and say. No Airflow, no operator, no bucket: usable by any program.

``http/`` sends and receives, ``servers/`` says what each kind takes and offers (one place for each), ``answers/``
reads what came, ``content/`` fetches a video's bytes, ``detection/`` finds out who answers. Here directly: the calls
themselves and what is sent. Not here: whether to pay (``jobs``).
"""
