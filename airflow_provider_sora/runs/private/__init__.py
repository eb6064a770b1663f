"""Private data of the people that clips are about: the keyed hash that stands for one, and the row behind it.

Belongs here: the key, what is hashed with it, finding a row again by its hash, the list of who is not to be made again.
Not here: what a campaign makes of a row (``campaigns``), the request (``tasks.private_prompt``), or the deleting of
what was made (``forgetting``).
"""
