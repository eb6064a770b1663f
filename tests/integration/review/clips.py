"""An archived clip to decide about, on each store that this machine can serve."""

from __future__ import annotations

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.review.decisions import Decision, Trail
from airflow_provider_sora.review.place import Place, open_place, read_trail, record_decision
from airflow_provider_sora.stores.options import ArchiveOptions
from tests.support.content import MemorySource
from tests.support.media import sample_mp4

CLIP = sample_mp4()
FOLDER = "unreviewed/shop/2026/11/26/0900-lamp"
APPROVED = "approved/shop/2026/11/26/0900-lamp/video_1"
KENJI, HANA = {"id": "1", "name": "kenji"}, {"id": "2", "name": "hana"}


def made(root: str, video_id: str = "video_1", options: ArchiveOptions | None = None, **labels: str) -> str:
    """Archive a clip below ``root``; gives its receipt's address."""
    record = VideoRecord(
        video_id,
        base_url="http://render:1/v1",
        status="completed",
        completed_at="2026-11-26T09:00:00+00:00",
        requested={"prompt": "A lamp on a table, evening light"},
        labels={"sku": "L-1", "title": "A <b>lamp</b> ランプ", **labels},
    )
    result = archive_video(
        MemorySource(CLIP), record, destination=f"{root}/{FOLDER}", run={"dag_id": "shop"}, options=options
    )
    assert result.record.receipt_uri
    return result.record.receipt_uri


def decide(place: Place, state: str, by: dict[str, str] | None = KENJI, **more: object) -> Trail:
    trail = read_trail(place)
    number = len(trail.decisions) + 1
    at = f"2026-11-26T10:00:{number:02}+00:00"
    decision = Decision(state, number, place.video_id, place.sha256, at, by, **more)  # type: ignore[arg-type]
    return record_decision(place, trail, decision)


def approved(root: str) -> Place:
    place = open_place(made(root))
    decide(place, "approved")
    return place
