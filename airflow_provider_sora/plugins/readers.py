"""The threads in which people's requests wait for a store: those that the API server has answer tasks and triggerers,
and must not wait behind whoever watches."""

from __future__ import annotations

from functools import cache

from anyio import CapacityLimiter

#: So many reads of a store go on at once in one API server; whoever comes later waits, and nobody else does.
READERS = 8


@cache
def readers() -> CapacityLimiter:
    """What ``anyio.to_thread.run_sync`` takes as ``limiter``."""
    return CapacityLimiter(READERS)
