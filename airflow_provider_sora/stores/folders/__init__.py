"""Folders of this machine: the store (:mod:`.local`), and how a file appears whole or not at all (:mod:`.files`)."""
