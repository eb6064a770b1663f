"""What a paid call asks for, before any server's accent is put on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class SubmitKind(StrEnum):
    """The four paid calls."""

    CREATE = "create"
    REMIX = "remix"
    EDIT = "edit"
    EXTEND = "extend"


@dataclass(frozen=True, slots=True)
class Reference:
    """The picture that a video starts from: exactly one of ``data``, ``url``, ``file_id`` is set.

    :param data: picture bytes as they will be sent (already checked, rotated and fitted).
    :param content_type: ``image/jpeg``, ``image/png`` or ``image/webp``.
    :param url: only for servers that fetch pictures themselves.
    :param file_id: id of a file uploaded to the server before.
    :param sha256: hex digest of ``data``; part of the fingerprint.
    :param origin: where it came from, without query or secrets; for receipts and logs.
    """

    data: bytes | None = field(default=None, repr=False)
    content_type: str | None = None
    file_name: str = "reference.png"
    url: str | None = None
    file_id: str | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One paid request in protocol terms.

    :param prompt: 1..32000 characters.
    :param caption: words in public that a draft may show in its place; never sent to a server that makes real videos.
    :param seal: the prompt is made of private data: nothing keeps it, and what stands for it is keyed with this.
    :param seconds: length asked for; None leaves it to the server.
    :param size: ``"1280x720"`` and the like; None leaves it to the server.
    :param source_id: id of the video that a remix, edit or extension starts from.
    :param source_file: an MP4 of the user's own as source, where the server takes one (edit, extend).
    :param characters: ids of characters made before.
    :param variant_of: id of the video that a create imitates because its server has no remix; only recorded.
    :param final_of: id of the draft after which this one is made; only recorded.
    :param extra: further fields (``seed``, ``negative_prompt`` …), spelled per dialect when sent.
    """

    kind: SubmitKind
    prompt: str = field(repr=False)
    model: str | None = None
    seconds: int | None = None
    size: str | None = None
    reference: Reference | None = None
    source_id: str | None = None
    source_file: bytes | None = field(default=None, repr=False)
    characters: tuple[str, ...] = ()
    variant_of: str | None = None
    final_of: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    caption: str | None = None
    seal: bytes | None = field(default=None, repr=False)

    @property
    def size_to_send(self) -> int:
        """Upper bound of the request's body, in bytes: files may travel as base64, a prompt escaped."""
        picture = len(self.reference.data or b"") if self.reference else 0
        return (
            10_000
            + 6 * len(self.prompt)
            + 2 * len(str(dict(self.extra)))
            + 3 * (len(self.source_file or b"") + picture) // 2
        )
