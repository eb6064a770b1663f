"""Whose an object is: the metadata that marks ours, and the rule that tells them from somebody else's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from airflow_provider_sora.archive.scrub import scrub_labels
from airflow_provider_sora.exceptions import ForeignObjectError

if TYPE_CHECKING:
    from airflow_provider_sora.archive.store import StoredObject
    from airflow_provider_sora.record import VideoRecord

SOURCE_ID = "source-id"
SOURCE_SERVER = "source-server"
ASSET = "asset"
LABEL = "label-"
_LABEL_BYTES = 4096
#: S3's limit; whether its own prefix counts is not said, so it does.
_S3_BYTES = 2048
_S3_PREFIX = "x-amz-meta-"
_HEADER_NAME = re.compile(r"[A-Za-z0-9._-]+")
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


def fitting_s3(metadata: Mapping[str, str]) -> dict[str, str]:
    """What of it S3 takes: 2 KiB in all, under names that can stand in a header; what is left out are labels.

    Values are percent-encoded already: S3's clients refuse anything but ASCII.
    """
    found = {name: text for name, text in metadata.items() if not name.startswith(LABEL)}
    left = _S3_BYTES - sum(_s3_size(name, text) for name, text in found.items())
    for name, text in metadata.items():
        size = _s3_size(name, text)
        if name not in found and size <= left and _HEADER_NAME.fullmatch(name):
            left -= size
            found[name] = text
    return found


def _s3_size(name: str, text: str) -> int:
    return len(_S3_PREFIX) + len(name) + len(text)


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
