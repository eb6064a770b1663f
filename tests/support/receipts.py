"""Receipts as an archive holds them, for tests of what is made from one."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora.archive.receipt import build_receipt, object_entry
from airflow_provider_sora.media.media_info import MediaInfo
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.contract import StoredObject


def receipt_of(
    video_id: str = "video_1", *, prompt: str = "A lamp", usd: float | None = 0.4, **labels: str
) -> dict[str, Any]:
    """A checked clip of four seconds in ``gs://b/v``."""
    record = VideoRecord(
        video_id,
        sora_conn_id="sora_default",
        base_url="http://render.example/v1",
        dialect="openai",
        status="completed",
        requested={"call": "create", "prompt": prompt, "model": "sora-2"},
        cost_estimate_usd=usd,
        labels=labels,
        submitted_at="2026-11-26T10:00:00+00:00",
        completed_at="2026-11-26T10:01:00+00:00",
        try_number=1,
    )
    stored = StoredObject("v/video.mp4", "gs://b/v/video.mp4", 5, "1", "AAAAAA==", "video/mp4")
    video = object_entry(stored, sha256="0" * 64, crc32c="AAAAAA==", origin="server")
    media = MediaInfo(duration_seconds=4.0, width=1280, height=720, has_audio=True)
    return build_receipt(record, media=media, objects={"video": video, "thumbnail": None, "spritesheet": None})
