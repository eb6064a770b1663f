"""Loopback ports, and waiting until somebody answers on one."""

from __future__ import annotations

import secrets
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
#: Below the range from which Linux and macOS give ports to whoever asks for any.
_OURS = range(12_000, 30_000)


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on right now.

    Airflow's processes bind theirs half a minute after it was chosen; what others are given meanwhile is none of these.
    """
    while not is_free(port := _OURS.start + secrets.randbelow(len(_OURS))):
        pass
    return port


def is_free(port: int) -> bool:
    """Whether a server could be started on ``port`` of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def wait_for(url: str, still_alive: Callable[[], bool], timeout: float) -> bool:
    """Ask ``url`` until it answers 200; False when its server ended first or ``timeout`` seconds passed."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and still_alive():
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False
