"""Words on and beside the pictures: cards, captions and marks.

``captions`` says when which words are due and writes them as WebVTT and SRT (pure); ``drawing`` sets words with Pillow,
Japanese included; ``overlay`` lays them over the pictures while those pass. Not here: what the words are (``edit``).
Setting words needs a font and the rules of line breaking, which the extra ``[edit]`` brings.
"""
