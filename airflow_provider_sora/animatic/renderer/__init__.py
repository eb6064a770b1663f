"""Draws the drafts: a prompt becomes a short, real MP4 on one CPU core.

Here belong the reading of a prompt as a scene, camera moves over a plate, sound, encoding and stills; what stands
behind a title card lies in ``backdrops``, what is written on the picture in ``writing``. Knows no job and no request.
"""
