"""What is inside a video or still: boxes, codecs, lengths, whether it is whole, pictures of it, joins.

Here belongs what needs only bytes. Not here: where they come from (``protocol/content``) or go (``archive``,
``stores``). What needs PyAV or Pillow imports it where it is used.
"""
