"""What lies in the archives that a deployment names: clips as people look for them, without listing a bucket.

Belongs here: which archives there are, a clip's facts out of its receipt, the shelf that keeps them, which clip of a
product or story is the current one. It only reads. Not here: how it looks (``pages``), who may see it and by which
route (``plugins``), and what a person decides (``review``).
"""
