"""Time on both sides: the server's clock, and how fast this process may ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.reading.envelope import http_date


class Clock:
    """The server's clock against ours, from the last answer that carried a ``Date``."""

    def __init__(self) -> None:
        self.offset: float | None = None

    def read(self, headers: Mapping[str, str]) -> None:
        moment = http_date(headers.get("date"))
        if moment is not None:
            # A Date counts whole seconds: the middle of its second is the best guess.
            self.offset = moment + 0.5 - time.time()


class Pace:
    """Spreads GETs of this process to one server: ``reserve`` gives the seconds to wait before the next."""

    _slots: dict[str, float] = {}
    _lock = threading.Lock()

    @classmethod
    def reserve(cls, settings: ConnectionSettings) -> float:
        if settings.requests_per_minute is None:
            return 0.0
        with cls._lock:
            now = time.monotonic()
            slot = max(cls._slots.get(settings.base_url, now), now)
            cls._slots[settings.base_url] = slot + 60.0 / settings.requests_per_minute
        return slot - now
