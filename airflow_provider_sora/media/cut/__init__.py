"""An edit list made into one film: pictures, sound, cards, captions and marks, at a constant rate, as a stream.

``edit`` holds what a person decides, as values; ``timeline`` what follows from it, in frames (pure). ``film`` carries
it out: ``pictures`` and ``sound`` deliver exactly the frames and samples that the timeline counts, one at a time,
whatever the clips' own size and rate, and ``encode`` writes them. Where nothing needs encoding the packets are copied
(``media.join``). Sources are paths of this machine. Not here: where clips come from or go (``archive``), timelines for
other programs (``media.handoff``). Nothing here pays, and nothing here knows Airflow.
"""
