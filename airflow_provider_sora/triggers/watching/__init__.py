"""One watcher for all triggers of a connection and an event loop: the edge of ``jobs/watching``."""
