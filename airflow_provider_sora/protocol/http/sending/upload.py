"""How long a paid request can be under way: a bound that the sending of its body keeps to."""

from __future__ import annotations

import time
from collections.abc import Iterator

from airflow_provider_sora.protocol.http.call import NoAnswer
from airflow_provider_sora.protocol.http.sending.multipart import MultipartBody

#: Longest time to make a connection, in seconds.
CONNECT_TIMEOUT = 10.0
#: A body that leaves more slowly than this, in bytes per second, is given up, so that it is known how long a paid
#: request can be under way.
SLOWEST_UPLOAD = 128 * 1024
UPLOAD_PIECE = 64 * 1024


def upload_time(size: int) -> float:
    """Seconds, from before the connection is made, within which a body of ``size`` bytes must have left."""
    return CONNECT_TIMEOUT + 5.0 + size / SLOWEST_UPLOAD


def time_in_flight(size: int, timeout: float) -> float:
    """Seconds after its beginning in which a paid request may still reach the server or be answered.

    A piece of the body may be held up for ``timeout``, the answer may begin as long after it, and end as long after
    that.
    """
    return upload_time(size) + (3 if size > UPLOAD_PIECE else 2) * timeout


class Body:
    """A request's body in pieces, none of which leaves after :func:`upload_time`.

    So a process that was frozen while sending does not finish a paid request long after everybody has given it up.
    """

    def __init__(self, data: bytes | MultipartBody) -> None:
        self._data = data
        self._deadline = time.monotonic() + upload_time(len(data))

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces():
            if time.monotonic() > self._deadline:
                raise NoAnswer("its body could not be sent in time, and only a part of it was", connected=True)
            yield piece

    def _pieces(self) -> Iterator[bytes]:
        if not isinstance(self._data, bytes):
            yield from self._data
            return
        view = memoryview(self._data)
        for start in range(0, len(view), UPLOAD_PIECE):
            yield bytes(view[start : start + UPLOAD_PIECE])
