"""A film over its runs: what each scene is remembered by, the frame that the next one starts on, and what is cut.

Belongs here: the waves in which scenes are made that continue each other, and which archived clips make the film. Not
here: the storyboard's own words (``storyboards``), which of its scenes a run pays for (``choosing.films``), and the
joining itself (``archive``, ``media``). Nothing here pays.
"""
