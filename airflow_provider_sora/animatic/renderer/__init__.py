"""Draws the drafts: a prompt becomes a short, real MP4 on one CPU core."""
