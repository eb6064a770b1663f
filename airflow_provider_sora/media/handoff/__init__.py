"""A film as a timeline for the programs that editors work with, instead of as one file.

``events`` says which piece of which clip stands where, with each dissolve about its middle as editing programs count
it (pure); ``timeline_files`` writes that as OTIO, FCP XML and EDL with OpenTimelineIO; ``changes`` says what differs
from an earlier one (pure). Not here: which frame is seen when (``media.cut.timeline``), and the folder that is handed
over (``archive.cutting``). Needs the extra ``[edit]``.
"""
