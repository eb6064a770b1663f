"""Whether a text is too grave for a made-up picture, in English and Japanese; word lists are data (``tones/``).

What cannot be judged counts as grave. Nothing here decides for a run: :mod:`..tone_gate` asks here, ``runs`` acts.
"""
