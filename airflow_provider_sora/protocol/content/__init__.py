"""The bytes of a finished video, its still or sheet: however a server hands them out, and on from where it broke.

Not here: whether they are a whole video (``media``) and where they go (``archive``).
"""
