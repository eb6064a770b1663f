"""Hooks of the tasks that make and archive an item's first clip: what another run archived is not paid for again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.runs.gates import given, skip_with

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.runs.planned import PlannedRun


def remember_clip(context: Context, result: Mapping[str, Any]) -> None:
    """``post_execute`` of the task that archives a base clip: no later run pays for it again."""
    from airflow_provider_sora.runs.planned import PlannedRun
    from airflow_provider_sora.runs.remembered.made import Markers, marker_name

    marker = marker_name(result.get("labels") or {})
    if marker:
        run = PlannedRun.of(context)
        Markers(run.store, run.paths).note(marker, result)


def skip_made(context: Context) -> None:
    """``pre_execute`` of the task that makes a base clip: a clip that another run archived is not paid for again.

    That run came between this one's choice and a clear of its failed task. With param ``force`` it is paid for all the
    same. Nothing is made about a person who asked to be forgotten since the run chose.

    :raises AirflowSkipException: another run archived the clip, or it must not be made; nothing was paid by this try.
    """
    from airflow_provider_sora.record import RECORD_KEY
    from airflow_provider_sora.runs.planned import PlannedRun
    from airflow_provider_sora.runs.remembered.made import Markers, marker_name
    from airflow_provider_sora.words.reasons import because

    marker, run, ti = marker_name(given(context, "labels") or {}), PlannedRun.of(context), context["ti"]
    made = Markers(run.store, run.paths).clip(marker) if marker and not run.force else None
    # By the run, not by the clip's folder: runs of the same minute share that, and an hour comes twice in autumn.
    if given(context, "private_row") and _is_forgotten(given(context, "labels") or {}, run):
        why = because("forgotten_since")
    elif made is None or made.run == run.paths.run:
        return
    else:
        why = because("made_elsewhere", uri=made.uri)
    # This runs again when the task comes back from the triggerer; then the job that this try paid for is on show.
    if ti.xcom_pull(task_ids=ti.task_id, key=RECORD_KEY, map_indexes=ti.map_index) is None:
        skip_with(context, why)


def _is_forgotten(labels: Mapping[str, str], run: PlannedRun) -> bool:
    """Whether a clip of private data is about somebody who asked to be forgotten."""
    from airflow_provider_sora.campaigns.plan import SUBJECT
    from airflow_provider_sora.runs.private.forgotten import Forgotten

    subject = labels.get(SUBJECT)
    return bool(subject) and Forgotten(run.store).has(str(subject))
