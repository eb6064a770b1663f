"""What is heard in a film: the clips' own sound, music under it, and how loud the whole is.

Every step takes and gives blocks of samples in one form (``graph.SOUND_FORM``), as a stream, and as many as it was
given: that is what keeps sound and picture together. The clips' sound is cut here by the sample (``reels``), dissolved
where the pictures dissolve, mixed with a bed (``music``) and brought to a loudness (``loudness``). Not here: encoding.
"""
