"""The small JSON mapping in which a video travels from task to task (XCom), and how it is read back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from airflow_provider_sora.arguments import is_blank
from airflow_provider_sora.exceptions import ConfigurationError

SCHEMA_VERSION = 1

#: XCom key under which a task shows its video before it has ended, and which its link reads.
RECORD_KEY = "sora_record"
#: Key of ``requested`` in the place of a prompt that was made of private data: its keyed digest.
PRIVATE_PROMPT = "prompt_keyed_digest"
#: Where a task leaves the address of the page that it wrote.
PAGE_KEY = "sora_page"

#: Present only once a video is archived.
ARCHIVE_KEYS = ("uri", "receipt_uri", "thumbnail_uri", "spritesheet_uri")


@dataclass(frozen=True, slots=True)
class VideoRecord:
    """What one task tells the next about a video. Never bytes, a key or a signed URL.

    :param parent_id: the video that a remix, edit or extension was made from.
    :param sora_conn_id: the connection that took the job; later steps use the same one.
    :param base_url: that connection's address, to tell two servers apart after a change of connection.
    :param dialect: name of the server's dialect.
    :param status: a word of :class:`~airflow_provider_sora.protocol.answers.job.JobStatus`.
    :param requested: kind, prompt, model, seconds, size, reference … as asked for.
    :param returned: model, seconds, size … as the server states them.
    :param cost_estimate_usd: from the connection's ``prices``; None where no price is known.
    :param labels: the user's own keys.
    :param submitted_at: ISO 8601 in UTC, as is ``completed_at``.
    :param try_number: the Airflow try that submitted the job.
    """

    video_id: str
    sora_conn_id: str | None = None
    base_url: str | None = None
    dialect: str | None = None
    status: str | None = None
    parent_id: str | None = None
    requested: Mapping[str, Any] = field(default_factory=dict)
    returned: Mapping[str, Any] = field(default_factory=dict)
    cost_estimate_usd: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    submitted_at: str | None = None
    completed_at: str | None = None
    try_number: int | None = None
    uri: str | None = None
    receipt_uri: str | None = None
    thumbnail_uri: str | None = None
    spritesheet_uri: str | None = None
    schema_version: int = SCHEMA_VERSION

    def to_xcom(self) -> dict[str, Any]:
        """Plain JSON; the archive keys appear only when the video is archived."""
        mapping = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("requested", "returned", "labels"):
            mapping[name] = dict(mapping[name])
        if self.uri is None:
            for name in ARCHIVE_KEYS:
                del mapping[name]
        return mapping

    def changed(self, **values: Any) -> VideoRecord:
        return replace(self, **values)


def read_record(video: object) -> VideoRecord:
    """Read the ``video`` argument of an operator: another task's XCom mapping, or a bare id.

    A template renders that mapping to text, as Python or as JSON; both are read back as the mapping that they are. Any
    other text must look like an id: of ``None`` or the repr of something, a delete would say that it is gone.

    :raises ConfigurationError: when it is neither; the message says what was given. Nothing was paid.
    """
    if isinstance(video, str) and video.strip().startswith("{"):
        video = rendered_value(video)
    if isinstance(video, str) and _looks_like_id(video):
        return VideoRecord(video_id=video.strip())
    if isinstance(video, Mapping) and _looks_like_id(video.get("video_id")):
        known = {f.name: f for f in fields(VideoRecord)}
        given = {name: value for name, value in video.items() if name in known and value is not None}
        for name, value in given.items():
            wanted = _TYPES.get(name, str)
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise _no_video(f"a mapping whose {name} is of type {type(value).__name__}")
        return VideoRecord(**given)
    raise _no_video("nothing" if video in (None, "") else f"{type(video).__name__} {str(video)[:80]!r}")


_TYPES: Mapping[str, Any] = {
    "requested": Mapping,
    "returned": Mapping,
    "labels": Mapping,
    "cost_estimate_usd": (int, float),
    "try_number": int,
    "schema_version": int,
}
#: Ids are one word: a repr of something has quotes, brackets or spaces.
_ID = re.compile(r"[^\s'\"{}\[\]<>()\\\x00-\x1f]{1,1024}")


def _looks_like_id(text: object) -> bool:
    return (
        isinstance(text, str)
        and not is_blank(text)
        and text.strip() not in ("True", "False")
        and _ID.fullmatch(text.strip()) is not None
    )


def rendered_value(text: str) -> object:
    """The mapping or list that a template rendered to text, as JSON or as Python; the text where it is neither."""
    import ast
    import json

    for read in (json.loads, ast.literal_eval):
        try:
            return read(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return text


def _no_video(shown: str) -> ConfigurationError:
    return ConfigurationError(
        f"video must be the output of a task that made a video, or a video id, but it is {shown}.",
        step="pass video=create.output, or the id as text.",
    )


def iso(epoch: float | None) -> str | None:
    """Unix seconds as ISO 8601 in UTC."""
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")
