"""What people's browsers ask the API server for: pages of clips, their files, and the same as JSON.

Belongs here: routes, and what they need of the shelf of clips. Not here: who is asking (``plugins.security``), what
a page looks like (``pages``), or how clips are found (``gallery``).
"""
