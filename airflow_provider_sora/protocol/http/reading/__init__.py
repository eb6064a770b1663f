"""What an answer's bytes say, before anybody knows which call they answer: where a job, an id or an error lies in them.

Pure: any bytes give a reading, and what leaves here has passed the gate for secrets (:mod:`.redaction`). Not here: what
the finding means for a job or for money (``answers``).
"""
