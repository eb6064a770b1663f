"""The end of a run: what became of each planned clip, told to people and to the runs that follow.

Belongs here: outcomes read from what tasks left behind, the pages of run and day, the notice, the event that asks
for a review. Not here: how a page looks (``pages``), or sums over an archive (``archive.afterwards``).
"""
