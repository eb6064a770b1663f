"""moto with a rule that it leaves out: of two writers at one moment, each with ``If-None-Match: *``, one wins.

moto asks whether the name is taken, and then writes; in between it serves others.
"""

from __future__ import annotations

import threading
from typing import Any

_LOCK = threading.RLock()
_DECIDING = ("put_object", "_key_response_post")


def install() -> None:
    """Serve what makes objects one after the other; done again, it changes nothing."""
    from moto.s3.responses import S3Response

    for name in _DECIDING:
        plain = getattr(S3Response, name)
        if not hasattr(plain, "one_at_a_time"):
            setattr(S3Response, name, _one_at_a_time(plain))


def _one_at_a_time(plain: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        with _LOCK:
            return plain(*args, **kwargs)

    run.one_at_a_time = True  # type: ignore[attr-defined]
    return run
