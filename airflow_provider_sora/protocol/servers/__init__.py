"""What each kind of server takes and offers, as data: a new server is an entry here, or words in a connection.

Code that only one server needs lies in a module of its own beside them (:mod:`.litellm_ids`, :mod:`.gateway`).
"""
