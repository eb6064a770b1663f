"""Where an archived video's objects lie: a pure function of the destination, the video id and the asset.

Nothing of the try, the host or the clock goes into a name, so a retry meets its own object.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from airflow_provider_sora.media import stills
from airflow_provider_sora.media.containers import VIDEO_FILES
from airflow_provider_sora.media.stills import SPRITESHEET, THUMBNAIL

VIDEO = "video"
RECEIPT = "receipt"
CAPTIONS_VTT, CAPTIONS_SRT = "captions_vtt", "captions_srt"

#: Where a run puts what nobody has looked at, and where the copies of what was approved go.
UNREVIEWED, APPROVED = "unreviewed", "approved"

#: File name of each asset inside a video's folder; a video that is no MP4 has the name of what it is.
FILE_NAMES = {
    VIDEO: "video.mp4",
    THUMBNAIL: "thumbnail.webp",
    SPRITESHEET: "spritesheet.jpg",
    CAPTIONS_VTT: "captions.vtt",
    CAPTIONS_SRT: "captions.srt",
    RECEIPT: "receipt.json",
}
CONTENT_TYPES = {
    VIDEO: "video/mp4",
    **stills.CONTENT_TYPES,
    CAPTIONS_VTT: "text/vtt",
    CAPTIONS_SRT: "application/x-subrip",
    RECEIPT: "application/json",
}

#: Beside an approved copy: what whoever publishes it needs.
PUBLISH_FILE = "publish.json"
#: Beside a receipt: that its objects, or the server's copy, were deleted on purpose, and when.
CLEANED_FILE, REMOTE_GONE_FILE = "cleaned.json", "server-copy.json"
_DECISION = re.compile(r"decision-[0-9]{4,}\.json")
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def folder_name(video_id: str) -> str:
    """The folder of a video: its id where that is plain, else a readable head and a hash of it."""
    if _PLAIN_ID.fullmatch(video_id):
        return video_id
    digest = hashlib.sha256(video_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    head = re.sub(r"[^A-Za-z0-9_-]", "_", video_id)[:40]
    return f"{head}-{digest}"


def asset_name(video_id: str, asset: str) -> str:
    """Name of an asset relative to the destination, such as ``video_1/thumbnail.webp``."""
    return object_in_folder(video_id, FILE_NAMES[asset])


def object_in_folder(video_id: str, file_name: str) -> str:
    """Name of a file in a video's folder, relative to the destination."""
    return f"{folder_name(video_id)}/{file_name}"


def approved_folder(folder: str) -> tuple[str, str, str]:
    """Where a video's approved copy goes.

    :param folder: address of the video's folder.
    :returns: the address that holds both, the video's folder and its copy's, both relative to that.

    >>> approved_folder("gs://b/shop/unreviewed/dag/2026/11/26/0900-a/video_1")
    ('gs://b/shop', 'unreviewed/dag/2026/11/26/0900-a/video_1', 'approved/dag/2026/11/26/0900-a/video_1')
    >>> approved_folder("gs://b/clips/video_1")
    ('gs://b/clips', 'video_1', 'approved/video_1')
    """
    scheme, _, path = folder.partition("://")
    bucket, *parts = path.split("/")
    if UNREVIEWED in parts[:-1]:
        at = parts.index(UNREVIEWED)
        rest = parts[at + 1 :]
    else:
        at = len(parts) - 1
        rest = parts[at:]
    root = "/".join((bucket, *parts[:at]))
    return f"{scheme}://{root}", "/".join(parts[at:]), "/".join((APPROVED, *rest))


def is_approved_copy(name: str) -> bool:
    """Whether an object, by its name relative to an archive, lies where copies of approved clips do."""
    return APPROVED in name.split("/")[:-2]


def decision_name(number: int) -> str:
    """File name of a person's decision, in the video's folder."""
    return f"decision-{number:04}.json"


def is_decision(name: str) -> bool:
    """Whether a file in a video's folder is a person's decision, by its name."""
    return _DECISION.fullmatch(name) is not None


def is_review_file(name: str) -> bool:
    """Whether a file in a video's folder comes of people's decisions, which no receipt lists: it was written before."""
    return name in (PUBLISH_FILE, CLEANED_FILE, REMOTE_GONE_FILE) or is_decision(name)


def names_of_earlier_try(video_id: str) -> Iterator[str]:
    """What an earlier try may have left, the likeliest first."""
    yield asset_name(video_id, RECEIPT)
    yield from (object_in_folder(video_id, name) for name in VIDEO_FILES)


def is_file_name(asset: str, name: str) -> bool:
    """Whether an asset may be called so; a video's name follows from what it is."""
    return name in VIDEO_FILES if asset == VIDEO else name == FILE_NAMES[asset]


def content_type_of(asset: str, name: str) -> str:
    """The content type of an asset that is called so."""
    return VIDEO_FILES[name].content_type if asset == VIDEO else CONTENT_TYPES[asset]
