"""Scenes that continue each other are made in waves: the first scene of every line, then the second ones, and so on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.runs.films.frames import frame_after
from airflow_provider_sora.runs.gates import given, skip_with
from airflow_provider_sora.runs.items import AFTER, CONTINUES
from airflow_provider_sora.runs.once import skip_made
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.made import Made, Markers
from airflow_provider_sora.words.reasons import because

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)


def group_of(wave: int) -> str:
    """The id of the mapped group that makes a wave."""
    return f"wave_{wave}"


def begin_wave(context: Context, wave: int) -> list[dict[str, Any]]:
    """The arguments of a wave's scenes, in the order of the plan: a scene that continues starts on the last frame of
    the clip that is archived now. One whose beginning is not there has no prompt, and :func:`skip_scene` says why.

    :raises ArchiveError: a frame cannot be taken, or the store failed; nothing was paid by this step.
    """
    run = PlannedRun.of(context)
    choice = run.kept()
    items = [item for item in (choice.items if choice else ()) if item.group == group_of(wave)]
    if run.dry_run:
        return []
    markers = Markers(run.store, run.paths)
    return [_arguments(run, markers, item.clip.to_json()) for item in items]


def _arguments(run: PlannedRun, markers: Markers, arguments: dict[str, Any]) -> dict[str, Any]:
    after = arguments.pop(AFTER, None)
    if not after:
        return arguments
    made = first_made(markers, after)
    photo = frame_after(run, made) if made else None
    if photo is None:
        log.warning("%s is not there, so nothing can start on its last frame.", arguments["labels"].get(CONTINUES))
        return {**arguments, "prompt": ""}
    return {**arguments, "photo": photo}


def first_made(markers: Markers, marks: Any) -> Made | None:
    """The first of several clips that is archived."""
    return next((made for mark in marks if (made := markers.clip(mark)) is not None), None)


def skip_scene(context: Context) -> None:
    """``pre_execute`` of the task that makes a scene: one whose beginning is missing leaves a hole, and one that
    another run archived meanwhile is not paid for again.

    :raises AirflowSkipException: in both cases; nothing was paid by this try.
    """
    if not given(context, "prompt"):
        scene = (given(context, "labels") or {}).get(CONTINUES, "another scene")
        skip_with(context, because("no_beginning", scene=scene))
    skip_made(context)
