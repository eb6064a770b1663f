"""Whose an object is: the metadata that marks ours, and the rule that tells them from somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from airflow_provider_sora.exceptions import ForeignObjectError
from airflow_provider_sora.masking.scrub import scrub_labels
from airflow_provider_sora.stores.fsspec.s3_metadata import LABEL

if TYPE_CHECKING:
    from airflow_provider_sora.record import VideoRecord
    from airflow_provider_sora.stores.contract import StoredObject

SOURCE_ID = "source-id"
SOURCE_SERVER = "source-server"
ASSET = "asset"
_LABEL_BYTES = 4096
_ASCII = "".join(chr(code) for code in range(32, 127) if chr(code) != "%")


def server_of(base_url: str | None) -> str:
    """Host and port: what tells two servers apart, without path, user or key."""
    if not base_url:
        return ""
    return plain(urlsplit(base_url).netloc.rpartition("@")[2].lower())


def plain(text: str) -> str:
    """Printable ASCII, all else percent-encoded: metadata travels in HTTP headers on some stores."""
    return quote(text, safe=_ASCII, errors="replace")


def object_metadata(record: VideoRecord, asset: str) -> dict[str, str]:
    """Custom metadata of an asset: its source, and of the user's labels, to filter by, those that fit into 4 KiB."""
    found = {SOURCE_ID: plain(record.video_id), SOURCE_SERVER: server_of(record.base_url), ASSET: asset}
    if record.parent_id:
        found["parent-id"] = plain(record.parent_id)
    if record.completed_at:
        found["completed-at"] = record.completed_at
    left = _LABEL_BYTES
    for key, value in scrub_labels(record.labels).items():
        name, text = f"{LABEL}{plain(key)}", plain(value)
        if len(name) + len(text) <= left:
            left -= len(name) + len(text)
            found[name] = text
    return found


def is_ours(found: StoredObject, record: VideoRecord, asset: str) -> bool:
    """True when ``found`` was stored by this provider for this very video."""
    meta = found.metadata
    server = server_of(record.base_url)
    return (
        meta.get(SOURCE_ID) == plain(record.video_id)
        and meta.get(ASSET) == asset
        and (not server or not meta.get(SOURCE_SERVER) or meta[SOURCE_SERVER] == server)
    )


def foreign(found: StoredObject, record: VideoRecord) -> ForeignObjectError:
    owner = found.metadata.get(SOURCE_ID)
    whose = (
        f"belongs to video {owner} of {found.metadata.get(SOURCE_SERVER) or 'another server'}"
        if owner
        else ("was not stored by this provider")
    )
    return ForeignObjectError(
        f"{found.uri} is taken: it {whose}. It was not touched, and video {record.video_id} was not archived; it is "
        "paid for and still on the server. Choose another destination or move that object, then clear the task: "
        "no second render.",
        video_id=record.video_id,
    )
