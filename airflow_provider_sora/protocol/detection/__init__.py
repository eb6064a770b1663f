"""Who answers at an address, and how surely that is known; asks only what costs nothing.

What a kind of server can do is said in ``servers``. A resemblance is no recognition.
"""
