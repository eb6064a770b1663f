"""What the archive operators share: where and how to store, and what is told of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.links.video import ArchivedVideoLink
from airflow_provider_sora.operators.shared.base import STORAGE, TakesFormerStorage, TellsLineage

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.archive.archiver import ArchiveResult
    from airflow_provider_sora.stores.options import ArchiveOptions

STORE_FIELDS = (
    "destination",
    "sora_conn_id",
    "labels",
    "gcp_conn_id",
    "impersonation_chain",
    "archive_options",
    *STORAGE,
)


class ArchiveOperatorBase(TellsLineage, TakesFormerStorage):
    """Where and how to store, links, metrics, asset events.

    :param destination: prefix such as ``gs://bucket/clips``, ``s3://bucket/clips`` or ``file:///data/clips``; objects
        become ``{destination}/{video_id}/video.mp4``, ``thumbnail.webp``, ``spritesheet.jpg``, ``receipt.json``. A
        retry whose template renders to another place still uses the first one if the video is there; that of a list
        takes it as it renders. Templated.
    :param sora_conn_id: only for bare ids; a mapping brings its own connection, and naming another one is an error.
    :param labels: further labels, added to those of the video; text that is a JSON object works too. Templated.
    :param gcp_conn_id: Google connection for ``gs://``; None uses application default credentials. Templated.
    :param impersonation_chain: Google service account(s) to impersonate. Templated.
    :param archive_options: further settings by name, those of
        :class:`~airflow_provider_sora.stores.options.ArchiveOptions`. A mapping or JSON text. Templated.
    """

    operator_extra_links = (ArchivedVideoLink(),)
    ui_color = "#e4ecf7"

    def __init__(
        self,
        *,
        destination: str,
        sora_conn_id: str | None = None,
        labels: Mapping[str, Any] | str | None = None,
        gcp_conn_id: str | None = None,
        impersonation_chain: str | Sequence[str] | None = None,
        archive_options: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.destination = destination
        self.sora_conn_id = sora_conn_id
        self.labels = labels
        self.gcp_conn_id = gcp_conn_id
        self.impersonation_chain = impersonation_chain
        self.archive_options = archive_options

    def _options(self) -> ArchiveOptions:
        from airflow_provider_sora.tasks.archiving.keeping import read_options
        from airflow_provider_sora.tasks.former import under_new_names

        return read_options(under_new_names(vars(self)))

    def _destination(self) -> str:
        """:raises ConfigurationError: there is none, or it renders blank; nothing was stored."""
        from airflow_provider_sora.arguments import as_place

        place = as_place("destination", self.destination)
        if place is None:
            raise ConfigurationError("destination is not set. Nothing was stored. Give the prefix to archive under.")
        return place

    def _report(self, context: Context, results: Sequence[ArchiveResult], dialects: Sequence[str | None]) -> None:
        """Log lines, metrics, asset events and the link's address of what is archived now."""
        from airflow_provider_sora import metrics
        from airflow_provider_sora.record import RECORD_KEY
        from airflow_provider_sora.tasks.archiving.archive_support import asset_extra, emit_asset_events

        self.archived = results
        for result, dialect in zip(results, dialects, strict=True):
            media = result.media
            self.log.info(
                "Archived %s (%s s, %s, %d bytes stored, %d fetched).",
                result.record.uri,
                media.duration_seconds,
                media.size or "size unknown",
                result.bytes_stored,
                result.bytes_fetched,
            )
            if result.bytes_stored:
                metrics.count("archived_bytes", result.bytes_stored, tags=metrics.tags_of(context["ti"], dialect))
        emit_asset_events(
            tuple(self.outlets or ()), context, [asset_extra(result.receipt, result.record) for result in results]
        )
        if results:
            context["ti"].xcom_push(key=RECORD_KEY, value=results[0].record.to_xcom())
