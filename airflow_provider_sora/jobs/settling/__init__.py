"""What became of a paid request whose answer was lost: found on the server, proven absent, or left to a person.

Here belong what a task shows its siblings and what they hold, what a server lists, which job fits a request, and how
long a search goes on. Nothing here submits.
"""
