"""A server's word that a job ended: who may say it, and the mark that it leaves for those who wait.

Belongs here: reading and checking a delivery, and the mark's form. It decides nothing about a job: a mark only makes a
watcher look at once, and whoever looks asks the server. Not here: the route (``plugins``), who waits (``triggers``).
"""
