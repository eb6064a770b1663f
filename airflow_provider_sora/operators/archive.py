"""Operators that keep finished videos: one, a list, or several joined into a final cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, SoraError
from airflow_provider_sora.operators.shared.archive_base import STORE_FIELDS, ArchiveOperatorBase
from airflow_provider_sora.operators.shared.base import at_the_edge

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.record import VideoRecord


class ArchiveVideoOperator(ArchiveOperatorBase):
    """Store one finished video with thumbnail, spritesheet and receipt; done again, it moves no content.

    :param video: another task's output, or a video id. Templated.

    Returns the video's record with ``uri``, ``receipt_uri``, ``thumbnail_uri`` and ``spritesheet_uri``. Outlets of the
    task get an event with the receipt's summary in ``extra``.

    :raises ConfigurationError: video, destination, bucket, credentials or permission is wrong.
    :raises ForeignObjectError: the place is taken by something else, which was not touched.
    :raises VideoExpiredError: the server no longer has the content; no second render is made.
    :raises ContentError: what the server sent is no whole MP4; nothing was stored.
    :raises ArchiveError: the store failed; the next try stores the same video and costs no render.
    """

    template_fields: Sequence[str] = ("video", *STORE_FIELDS)

    def __init__(self, *, video: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.video = video

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.archive.archiver import archive_video
        from airflow_provider_sora.masking.discretion import discreetly
        from airflow_provider_sora.record import PRIVATE_PROMPT, read_record
        from airflow_provider_sora.tasks.archiving.archive_support import Opened, fixed_destination, run_facts

        with at_the_edge(), discreetly(PRIVATE_PROMPT in str(self.video)):
            options = self._options()
            opened = Opened(self.sora_conn_id, self.labels)
            record, hook = opened.open(read_record(self.video))
            destination = fixed_destination(context, record.video_id, self._destination(), options, self.log)
            result = archive_video(
                hook,
                record,
                destination=destination,
                options=options,
                run=run_facts(context),
                log=self.log,
                complete=opened.completer(hook),
            )
            self._report(context, [result], [record.dialect])
        return result.record.to_xcom()


class ArchiveVideosOperator(ArchiveOperatorBase):
    """Store a list of finished videos from one task, some at a time; those already stored cost nothing.

    :param videos: list of tasks' outputs or ids (None entries are left out). Templated.
    :param concurrency: how many are stored at once; each takes about 40 MB of memory.

    One that fails does not stop the others; at the end the task fails naming every one that did, and its retry stores
    only what is missing. Returns the records in the order given.
    """

    template_fields: Sequence[str] = ("videos", *STORE_FIELDS)

    def __init__(self, *, videos: Any, concurrency: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.videos = videos
        self.concurrency = concurrency

    def execute(self, context: Context) -> list[dict[str, Any]]:
        from airflow_provider_sora.arguments import as_count
        from airflow_provider_sora.tasks.archiving.many import archive_many

        with at_the_edge():
            records = _records(self.videos)
            outcomes = archive_many(
                records,
                context=context,
                destination=self._destination(),
                sora_conn_id=self.sora_conn_id,
                labels=self.labels,
                options=self._options(),
                concurrency=as_count("concurrency", self.concurrency) or 1,
                log=self.log,
            )
            stored = [outcome for outcome in outcomes if not isinstance(outcome, SoraError)]
            self._report(context, stored, [result.record.dialect for result in stored])
            failures = [outcome for outcome in outcomes if isinstance(outcome, SoraError)]
            if failures:
                lines = "\n".join(f"  {type(error).__name__}: {error}" for error in failures)
                # Where no failure can be helped by a retry, none is asked for.
                final = all(error.never_retry for error in failures)
                raise (type(failures[0]) if final else ArchiveError)(
                    f"{len(failures)} of {len(outcomes)} videos were not archived; {len(stored)} are stored and will "
                    f"not be moved again. A retry costs no second render.\n{lines}"
                )
        return [result.record.to_xcom() for result in stored]


class ConcatVideosOperator(ArchiveOperatorBase):
    """Join archived videos of equal form, in order, into one file, without re-encoding, and archive that.

    :param videos: outputs of archive tasks, in the order of the cut. Templated.
    :param title: words for the receipt and the index page. Templated.

    The cut's id is a hash of its parts, so the same list is joined once only. Returns its record; the receipt lists the
    parts. Needs the ``[media]`` extra.

    :raises ConfigurationError: the clips differ (the message names how), or one is not archived.
    """

    template_fields: Sequence[str] = ("videos", "title", *STORE_FIELDS)

    def __init__(self, *, videos: Any, title: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.videos = videos
        self.title = title

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.archive.cutting.concat import concat_videos, cut_id
        from airflow_provider_sora.arguments import as_labels, as_text, lenient
        from airflow_provider_sora.tasks.archiving.archive_support import fixed_destination, run_facts

        with at_the_edge():
            options = self._options()
            records = _records(self.videos)
            destination = fixed_destination(context, cut_id(records), self._destination(), options, self.log)
            result = concat_videos(
                records,
                destination=destination,
                options=options,
                title=as_text("title", lenient(self.title)),
                labels=as_labels(self.labels),
                run=run_facts(context),
                log=self.log,
            )
            self._report(context, [result], [result.record.dialect])
        return result.record.to_xcom()


def _records(videos: object) -> list[VideoRecord]:
    from airflow_provider_sora.record import read_record

    return [read_record(video) for video in _as_list(videos) if video is not None]


def _as_list(videos: object) -> list[Any]:
    """A list from what a template or another task gave; a mapped task's output is a lazy sequence."""
    from airflow_provider_sora.arguments import is_blank
    from airflow_provider_sora.record import rendered_value

    if isinstance(videos, str) and not is_blank(videos):
        text = videos.strip()
        videos = (
            rendered_value(text) if text[0] in "[({" else [part.strip() for part in text.split(",") if part.strip()]
        )
    if isinstance(videos, (Mapping, str)) or not hasattr(videos, "__iter__"):
        raise ConfigurationError(
            f"videos must be a list of tasks' outputs or video ids, but it is {type(videos).__name__}. "
            "Nothing was stored."
        )
    return list(videos)


__all__ = ["ArchiveVideoOperator", "ArchiveVideosOperator", "ConcatVideosOperator"]
