"""What a process has found out of servers lasts as long as it does; a test begins without it."""

from __future__ import annotations

from airflow_provider_sora.protocol import missing
from airflow_provider_sora.protocol.detection import detect


def forget(base_url: str | None = None) -> None:
    """Who was found at one address, or at all, and what was learnt of it."""
    detect.doubt(base_url)
    missing.forget(base_url)
