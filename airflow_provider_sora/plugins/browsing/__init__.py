"""What people's browsers ask the API server for: pages of clips and the same as JSON, and the answers they give there.

Belongs here: routes, and what a page shows. Not here: files and the shelf of clips (``plugins.serving``), who is
asking (``plugins.security``), what a page looks like (``pages``), or how clips are found (``gallery``).
"""
