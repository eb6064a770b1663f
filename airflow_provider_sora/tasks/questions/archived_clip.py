"""An archived clip as the tasks about people's decisions take it, and as their events tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.record import VideoRecord, read_record

if TYPE_CHECKING:
    from airflow_provider_sora.review.decisions import Trail
    from airflow_provider_sora.review.place import Place


def receipt_uri_of(video: object) -> str:
    """Of the ``video`` argument: another task's output, or the address itself.

    :raises ConfigurationError: it is not archived.
    """
    if isinstance(video, str) and video.strip().endswith("/receipt.json"):
        return video.strip()
    uri = read_record(video).receipt_uri
    if uri is None:
        raise ConfigurationError(
            "video is not archived: it has no receipt_uri. Nobody was asked. Pass the output of the task that "
            "archived it."
        )
    return uri


def record_of(place: Place) -> VideoRecord:
    """A clip's receipt as the mapping that tasks take."""
    receipt = place.receipt

    def uri(asset: str) -> str | None:
        entry = receipt["objects"].get(asset)
        return place.store.destination.join(f"{place.folder}/{entry['name']}") if entry else None

    return place.record.changed(
        uri=uri(naming.VIDEO),
        receipt_uri=place.receipt_uri,
        thumbnail_uri=uri(naming.THUMBNAIL),
        spritesheet_uri=uri(naming.SPRITESHEET),
    )


def event_extra(place: Place, trail: Trail, uri: str, publish_uri: str) -> dict[str, Any]:
    """What an event tells of a clip: small, and without its prompt."""
    last = trail.last
    return {
        "uri": uri,
        "publish_uri": publish_uri,
        "sha256": place.sha256,
        "video_id": place.video_id,
        "dag_id": place.receipt["run"].get("dag_id"),
        "number": last.number if last else 0,
        "labels": place.receipt["labels"],
    }
