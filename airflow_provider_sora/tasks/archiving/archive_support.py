"""What the archive operators need between Airflow and the archive: hooks, the fixed destination, asset events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.facts import facts_in
from airflow_provider_sora.arguments import as_labels, as_text
from airflow_provider_sora.compat import state_store
from airflow_provider_sora.edge import DEFAULT_CONNECTION
from airflow_provider_sora.exceptions import (
    ArchiveError,
    ConfigurationError,
    SoraError,
    VideoCancelledError,
    VideoExpiredError,
    VideoFailedError,
)
from airflow_provider_sora.lineage.places import asset_uri
from airflow_provider_sora.protocol.answers.job import JobStatus
from airflow_provider_sora.record import VideoRecord, iso

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.stores.options import ArchiveOptions

_DESTINATION_KEY = "sora_archive_destination"


class Opened:
    """Hooks by connection, made once per task.

    :param sora_conn_id: the operator's own connection, used for videos that bring none.
    """

    def __init__(self, sora_conn_id: str | None, labels: Mapping[str, Any] | str | None) -> None:
        self._conn_id = as_text("sora_conn_id", sora_conn_id)
        self._labels = as_labels(labels)
        self._hooks: dict[str, SoraHook] = {}

    def open(self, record: VideoRecord) -> tuple[VideoRecord, SoraHook]:
        """The record with its server's facts filled in, and the hook to fetch it through.

        :raises ConfigurationError: the video came from another connection than the one named.
        """
        if self._conn_id and record.sora_conn_id and self._conn_id != record.sora_conn_id:
            raise ConfigurationError(
                f"Video {record.video_id} was made through connection {record.sora_conn_id!r}, but "
                f"sora_conn_id={self._conn_id!r} was given. Nothing was stored. Leave sora_conn_id out: a video brings "
                "its own connection.",
                video_id=record.video_id,
            )
        conn_id = record.sora_conn_id or self._conn_id or DEFAULT_CONNECTION
        if conn_id not in self._hooks:
            from airflow_provider_sora.hooks.sora import SoraHook

            self._hooks[conn_id] = SoraHook(conn_id)
        hook = self._hooks[conn_id]
        filled = record.changed(
            sora_conn_id=conn_id,
            base_url=record.base_url or hook.base_url,
            dialect=record.dialect or hook.dialect.name,
            labels={**record.labels, **self._labels},
        )
        return filled, hook

    def completer(self, hook: SoraHook) -> Callable[[VideoRecord], VideoRecord]:
        return lambda record: complete_record(hook, record)


def complete_record(hook: SoraHook, record: VideoRecord) -> VideoRecord:
    """Fill in what only the server knows; a record of a finished video is left alone and costs no request.

    :raises VideoFailedError: the server ended the job without a video.
    :raises ArchiveError: the video is not finished yet; nothing was stored.
    """
    if record.status == JobStatus.COMPLETED.value:
        return record
    job = hook.get_video(record.video_id)
    if job.status is not JobStatus.COMPLETED:
        raise _not_archivable(record.video_id, job)
    facts = {"model": job.model, "size": job.size, "seconds": job.seconds, "cost_usd": job.cost_usd}
    requested = dict(record.requested)
    if job.prompt and not requested:
        requested["prompt"] = job.prompt
    return record.changed(
        status=job.status.value,
        parent_id=record.parent_id or job.parent_id,
        requested=requested,
        returned={**{k: v for k, v in facts.items() if v is not None}, **record.returned},
        submitted_at=record.submitted_at or iso(job.created_at),
        completed_at=record.completed_at or iso(job.completed_at),
    )


def _not_archivable(video_id: str, job: Any) -> SoraError:
    why = f": {job.error.shown}" if job.error else ""
    if job.status is JobStatus.FAILED:
        return VideoFailedError(
            f"Video {video_id} failed on the server{why}. There is nothing to archive.", video_id=video_id
        )
    if job.status is JobStatus.CANCELLED:
        return VideoCancelledError(f"Video {video_id} was cancelled. There is nothing to archive.", video_id=video_id)
    if job.status is JobStatus.EXPIRED:
        return VideoExpiredError(
            f"Video {video_id} expired on the server before it was archived. No second render is made by itself.",
            video_id=video_id,
        )
    return ArchiveError(
        f"Video {video_id} is not finished yet ({job.raw_status or job.status.value}). Nothing was stored. Wait for it "
        "with VideoCompletionSensor, or with wait_for_completion=True in the task that makes it.",
        video_id=video_id,
    )


def run_facts(context: Mapping[str, Any]) -> dict[str, Any]:
    """Who archives, for the receipt."""
    ti = context["ti"]
    return {name: getattr(ti, name, None) for name in ("dag_id", "run_id", "task_id", "map_index", "try_number")}


def fixed_destination(
    context: Mapping[str, Any], video_id: str, destination: str, options: ArchiveOptions, log: Any
) -> str:
    """The destination of the first try, if that try left something there; else the one rendered now.

    A template that changes from try to try (a clock in it) would otherwise store the same video twice.
    """
    from airflow_provider_sora.archive import naming
    from airflow_provider_sora.stores.destination import parse_destination
    from airflow_provider_sora.stores.open import open_store

    rendered = parse_destination(destination).uri
    states = state_store(context)
    if states is None:
        return rendered
    earlier = states.get(_DESTINATION_KEY)
    known = earlier.get(video_id) if isinstance(earlier, dict) else None
    if isinstance(known, str) and known != rendered:
        store = open_store(known, options)
        if any(store.look(name) is not None for name in naming.names_of_earlier_try(video_id)):
            log.warning(
                "destination now renders to %s, but an earlier try stored video %s under %s; staying there.",
                rendered,
                video_id,
                known,
            )
            return known
    if known != rendered:
        states.set(_DESTINATION_KEY, {video_id: rendered})
    return rendered


def asset_extra(receipt: Mapping[str, Any], record: VideoRecord) -> dict[str, Any]:
    """The receipt's summary for an asset event: small, without prompt."""
    facts = facts_in(receipt)
    return {
        "video_id": facts.video_id,
        "parent_id": facts.parent_id,
        "uri": record.uri,
        "receipt_uri": record.receipt_uri,
        "thumbnail_uri": record.thumbnail_uri,
        "bytes": facts.bytes,
        "sha256": facts.sha256,
        "seconds": facts.seconds,
        "model": facts.model,
        "cost_estimate_usd": facts.cost_estimate_usd,
        "labels": facts.labels,
        "review": facts.review,
    }


def emit_asset_events(outlets: Sequence[Any], context: Mapping[str, Any], extras: Sequence[Mapping[str, Any]]) -> None:
    """Put the summaries on the outlets the user declared: on an asset, or per clip on an asset alias."""
    from airflow.sdk import Asset, AssetAlias

    if not extras:
        return
    events = context.get("outlet_events")
    for outlet in outlets:
        if events is None:
            break
        if isinstance(outlet, AssetAlias):
            for extra in extras:
                events[outlet].add(Asset(asset_uri(extra["uri"])), extra=dict(extra))
        elif isinstance(outlet, Asset):
            events[outlet].extra = dict(extras[0]) if len(extras) == 1 else {"videos": [dict(e) for e in extras]}
