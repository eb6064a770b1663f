"""Archiving from within the paying task: checked before paying, done when the video is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_sora import metrics
from airflow_provider_sora.edge import DEFAULT_CONNECTION
from airflow_provider_sora.exceptions import UnsupportedByServerError
from airflow_provider_sora.jobs.ledger import Ledger
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.record import RECORD_KEY, VideoRecord
from airflow_provider_sora.tasks.archiving.keeping import Keeping
from airflow_provider_sora.tasks.running import Running

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook


def check_destination(keeping: Keeping, waits: bool, dialect: Dialect, ledger: Ledger) -> None:
    """Before anything is paid: is there a place for the video, and does this server need one in the same task?

    :param waits: the task waits for the video's completion, without which it archives nothing.
    :raises UnsupportedByServerError: the video exists only in the answer to create, and no destination is given.
    :raises ConfigurationError: destination, bucket or permission is wrong, or the store has no such option.
    """
    if dialect.keeps_content_only_in_create and not (keeping.destination and waits):
        raise UnsupportedByServerError(
            f"{dialect.label} hands the video out only in its answer to create, so the same task must archive it.",
            step="give this task a destination (and leave wait_for_completion on).",
        )
    if not keeping.destination or not waits:
        return
    if ledger.known() is None:
        from airflow_provider_sora.stores.destination import parse_destination
        from airflow_provider_sora.stores.open import open_store

        keeping.options.check_for(parse_destination(keeping.destination))
        open_store(keeping.destination, keeping.options).check()


def archive_here(
    running: Running, keeping: Keeping, record: VideoRecord, hook: SoraHook | None, *, destination: str
) -> VideoRecord:
    """Store the video from within the paying task; a retry meets its own objects and moves nothing."""
    from airflow_provider_sora.archive.archiver import archive_video
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.tasks.archiving.archive_support import asset_extra, emit_asset_events, run_facts

    result = archive_video(
        hook or SoraHook(record.sora_conn_id or DEFAULT_CONNECTION),
        record,
        destination=destination,
        options=keeping.options,
        run=run_facts(running.context),
        log=running.log,
    )
    running.archived.append(result)
    running.log.info(
        "Job %s is archived: %s (%d bytes stored).", record.video_id, result.record.uri, result.bytes_stored
    )
    tags = metrics.tags_of(running.context["ti"], record.dialect)
    metrics.count("archived_bytes", result.bytes_stored, tags=tags)
    emit_asset_events(running.outlets, running.context, [asset_extra(result.receipt, result.record)])
    running.context["ti"].xcom_push(key=RECORD_KEY, value=result.record.to_xcom())
    return result.record
