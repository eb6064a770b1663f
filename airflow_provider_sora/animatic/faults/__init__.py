"""Everything that a server has been seen to do wrong, done on request: by rules that are data.

Here belong the actions there are (:mod:`.actions`), the rules that choose among them (:mod:`.rules`, :mod:`.book`) and
what carries them out on requests and answers (:mod:`.tripwire`, :mod:`.spoil`). Not here: refusals that the server
means (``errors``, ``validate``).
"""
