"""From an article or product and the house's style to the words that are sent. Pure, but for reading a style file.

Here belong style, scenes, the prompt's wording and its checks, and :mod:`.tone`, which keeps grave news from cheerful
pictures. Not here: which items a run takes (``runs``) and what a person reads on a page (``words``).
"""
