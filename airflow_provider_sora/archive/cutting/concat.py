"""The final cut: archived clips of equal form joined without re-encoding, archived with a receipt of its parts."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.cutting.made_source import MadeSource
from airflow_provider_sora.archive.cutting.parts import common_labels, cost_of, local_part, part_of
from airflow_provider_sora.archive.facts import FINAL_CUT
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.join import join_files
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions


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
    parts = [part_of(record, options) for record in records]
    cut = VideoRecord(
        video_id=cut_id(records),
        sora_conn_id=None,
        base_url=None,
        status="completed",
        requested={"call": "concat", **({"prompt": title} if title else {})},
        cost_estimate_usd=cost_of(parts),
        labels={**common_labels(records), **(labels or {})},
        completed_at=max((r.completed_at for r in records if r.completed_at), default=None),
    )
    with contextlib.ExitStack() as stack:
        source = MadeSource(lambda: _join(parts, options, stack))
        return archive_video(
            source,
            cut,
            destination=destination,
            options=options,
            run=run,
            log=log,
            kind=FINAL_CUT,
            origin="joined",
            parts=parts,
            parent_chain=[record.video_id for record in records],
        )


def _join(parts: Sequence[Mapping[str, Any]], options: ArchiveOptions, stack: contextlib.ExitStack) -> str:
    target = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "cut.mp4")
    with contextlib.ExitStack() as copies:
        paths = [copies.enter_context(local_part(part, options)) for part in parts]
        join_files(paths, target, [part["video_id"] for part in parts])
    return target
