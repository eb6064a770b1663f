"""Archiving from within the paying task: checked before paying, done when the video is finished."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from airflow_provider_sora import metrics
from airflow_provider_sora.exceptions import ConfigurationError, UnsupportedByServerError
from airflow_provider_sora.jobs.ledger import Ledger
from airflow_provider_sora.operators.arguments import as_mapping
from airflow_provider_sora.operators.source import DEFAULT_CONNECTION
from airflow_provider_sora.protocol.dialect import Dialect
from airflow_provider_sora.record import RECORD_KEY, VideoRecord

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.archive.options import ArchiveOptions
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.operators.submit import SoraSubmitOperator


def archive_options_of(operator: SoraSubmitOperator) -> ArchiveOptions:
    """How the paying task archives.

    :raises ConfigurationError: ``archive_options`` names something unknown or holds a wrong value.
    """
    from airflow_provider_sora.archive.options import ArchiveOptions

    given = as_mapping("archive_options", operator.archive_options)
    known = sorted(field.name for field in fields(ArchiveOptions))
    if unknown := sorted(set(given) - set(known)):
        raise ConfigurationError(
            f"archive_options names {', '.join(unknown)}; known are {', '.join(known)}. Nothing was paid."
        )
    credentials = {
        "gcp_conn_id": operator.gcp_conn_id or None,
        "impersonation_chain": operator.impersonation_chain or None,
    }
    return ArchiveOptions(**{**credentials, **given})


def check_destination(operator: SoraSubmitOperator, dialect: Dialect, ledger: Ledger) -> None:
    """Before anything is paid: is there a place for the video, and does this server need one in the same task?

    :raises UnsupportedByServerError: the video exists only in the answer to create, and no destination is given.
    :raises ConfigurationError: destination, bucket, permission or ``archive_options`` is wrong.
    """
    if dialect.keeps_content_only_in_create and not (operator.destination and operator.wait_for_completion):
        raise UnsupportedByServerError(
            f"{dialect.label} hands the video out only in its answer to create, so the same task must archive it. "
            "Nothing was paid. Give this task a destination (and leave wait_for_completion on)."
        )
    if not operator.destination or not operator.wait_for_completion:
        return
    options = archive_options_of(operator)
    if ledger.read() is None:
        from airflow_provider_sora.archive.naming import parse_destination
        from airflow_provider_sora.archive.store import open_store

        options.check_for(parse_destination(str(operator.destination)))
        open_store(str(operator.destination), options).check()


def archive_here(
    operator: SoraSubmitOperator,
    context: Context,
    record: VideoRecord,
    hook: SoraHook | None,
    *,
    first_destination: str | None,
) -> VideoRecord:
    """Store the video from within the paying task; a retry meets its own objects and moves nothing."""
    from airflow_provider_sora.archive.archiver import archive_video
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.operators.archive_support import asset_extra, emit_asset_events, run_facts

    result = archive_video(
        hook or SoraHook(record.sora_conn_id or DEFAULT_CONNECTION),
        record,
        # The first try's rendering counts: a template with a clock in it must not store the video twice.
        destination=first_destination or str(operator.destination),
        options=archive_options_of(operator),
        run=run_facts(context),
        log=operator.log,
    )
    operator.log.info("Archived %s (%d bytes stored).", result.record.uri, result.bytes_stored)
    metrics.count("archived_bytes", result.bytes_stored, tags={"dialect": record.dialect})
    emit_asset_events(operator, context, [asset_extra(result.receipt, result.record)])
    context["ti"].xcom_push(key=RECORD_KEY, value=result.record.to_xcom())
    return result.record
