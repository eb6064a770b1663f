"""The final cut: archived clips of equal form joined without re-encoding, archived with a receipt of its parts."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.facts import FINAL_CUT, facts_in
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.exceptions import ConfigurationError, ContentError, UnsupportedByServerError
from airflow_provider_sora.media.join import join_files
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.hashing import Hasher
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions
from airflow_provider_sora.stores.scratch import scratch_file

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.content.source import ContentStream


def cut_id(records: Sequence[VideoRecord]) -> str:
    """The cut's id: a pure function of its parts and their order."""
    parts = "\n".join(f"{record.base_url or ''} {record.video_id}" for record in records)
    return f"cut_{hashlib.sha256(parts.encode()).hexdigest()[:32]}"


def concat_videos(
    records: Sequence[VideoRecord],
    *,
    destination: str,
    options: ArchiveOptions | None = None,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
    run: Mapping[str, Any] | None = None,
    log: Any = None,
) -> ArchiveResult:
    """Join the archived clips in order and archive the result; a repeated call moves no content.

    :raises ConfigurationError: fewer than two clips, one that is not archived, or clips that differ.
    :raises ContentError: a clip, or its receipt, is no longer what was archived.
    :raises ArchiveError: a clip cannot be read from its store, or does not decode.
    """
    options = options or ArchiveOptions()
    if len(records) < 2:
        raise ConfigurationError(
            f"A final cut needs at least two videos, but {len(records)} were given. Nothing was stored."
        )
    for record in records:
        if not record.uri or not record.receipt_uri:
            raise ConfigurationError(
                f"Video {record.video_id} is not archived, so it cannot be joined. Nothing was stored. "
                "Pass the output of ArchiveVideoOperator.",
                video_id=record.video_id,
            )
    parts = [_part(record, options) for record in records]
    costs = [part["cost_estimate_usd"] for part in parts]
    cut = VideoRecord(
        video_id=cut_id(records),
        sora_conn_id=None,
        base_url=None,
        status="completed",
        requested={"call": "concat", **({"prompt": title} if title else {})},
        cost_estimate_usd=None if None in costs else round(sum(costs), 6),
        labels={**_common_labels(records), **(labels or {})},
        completed_at=max((r.completed_at for r in records if r.completed_at), default=None),
    )
    with contextlib.ExitStack() as stack:
        source = _CutSource(parts, options, stack)
        return archive_video(
            source,
            cut,
            destination=destination,
            options=options,
            run=run,
            log=log,
            kind=FINAL_CUT,
            parts=parts,
            parent_chain=[record.video_id for record in records],
        )


def _part(record: VideoRecord, options: ArchiveOptions) -> dict[str, Any]:
    where = record.receipt_uri or ""
    folder, name = split_object_uri(where)
    try:
        receipt = read_receipt(open_store(folder, options).read_bytes(name), where)
    except ContentError as error:
        raise ContentError(
            f"{error} Nothing was joined or stored. Bring an earlier version of it back, or leave the clip out.",
            video_id=record.video_id,
        ) from error
    if receipt["video_id"] != record.video_id:
        raise ConfigurationError(
            f"{where} is the receipt of video {receipt['video_id']}, not of {record.video_id}. Nothing was stored. "
            "Pass the output of ArchiveVideoOperator as it is.",
            video_id=record.video_id,
        )
    facts = facts_in(receipt)
    if not facts.checked:
        raise ConfigurationError(
            f"Video {record.video_id} was kept as it came, unchecked ({facts.check.get('reason')}), so it is not "
            "joined. Nothing was stored. Leave it out, or archive a checked copy of it.",
            video_id=record.video_id,
        )
    return {
        "video_id": record.video_id,
        "uri": record.uri,
        "receipt_uri": record.receipt_uri,
        "generation": facts.generation,
        "sha256": facts.sha256,
        "duration_seconds": facts.seconds,
        "cost_estimate_usd": facts.cost_estimate_usd,
    }


def _common_labels(records: Sequence[VideoRecord]) -> dict[str, str]:
    first = dict(records[0].labels)
    return {k: v for k, v in first.items() if all(record.labels.get(k) == v for record in records)}


class _CutSource:
    """A content source whose one video is joined when it is asked for, so that a repeated call joins nothing."""

    def __init__(
        self, parts: Sequence[Mapping[str, Any]], options: ArchiveOptions, stack: contextlib.ExitStack
    ) -> None:
        self._parts = parts
        self._options = options
        self._stack = stack
        self._path: str | None = None

    @contextlib.contextmanager
    def open_content(
        self, video_id: str, *, variant: str | None = None, offset: int = 0, etag: str | None = None
    ) -> Iterator[ContentStream]:
        if variant:
            raise UnsupportedByServerError("A final cut has no stills of a server's making.")
        if self._path is None:
            self._path = self._join()
        with open(self._path, "rb") as stream:
            stream.seek(offset)
            yield _FileContent(stream, os.path.getsize(self._path), offset)

    def _join(self) -> str:
        target = os.path.join(self._stack.enter_context(tempfile.TemporaryDirectory()), "cut.mp4")
        with contextlib.ExitStack() as copies:
            paths = [copies.enter_context(self._copy_of(part)) for part in self._parts]
            join_files(paths, target, [part["video_id"] for part in self._parts])
        return target

    @contextlib.contextmanager
    def _copy_of(self, part: Mapping[str, Any]) -> Iterator[str]:
        """A part on this worker's disk, hashed on its way: the cut's receipt vouches for it."""
        prefix, name = split_object_uri(part["uri"])
        hasher = Hasher()
        with scratch_file(_hashed(open_store(prefix, self._options).read_blocks(name), hasher), name) as path:
            sha256 = hasher.digest().sha256
            if sha256 != part["sha256"]:
                raise ContentError(
                    f"{part['uri']} is no longer what was archived: its sha256 is {sha256}, its receipt says "
                    f"{part['sha256']}. Nothing was joined or stored. Bring the object back (an earlier generation of "
                    "it, where the bucket keeps them), or leave it out; `python -m airflow_provider_sora.archive "
                    "verify` looks at the others.",
                    video_id=part["video_id"],
                )
            yield path


def _hashed(blocks: Iterable[bytes], hasher: Hasher) -> Iterator[bytes]:
    for block in blocks:
        hasher.update(block)
        yield block


class _FileContent:
    """An open file as a content stream."""

    content_type: str | None = "video/mp4"
    etag: str | None = None

    def __init__(self, stream: Any, total: int, start: int) -> None:
        self._stream = stream
        self.total: int | None = total
        self.start = start
        self.length: int | None = total - start

    def iter_bytes(self, chunk_size: int = 1 << 20) -> Iterator[bytes]:
        while block := self._stream.read(chunk_size):
            yield block
