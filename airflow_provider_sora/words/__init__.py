"""Words that people read, by language and code: reasons, page words, and other people's text made fit to be shown.

Here belongs text and the codes it belongs to. Not here: layout (``pages``) and prompts (``prompts``).
"""
