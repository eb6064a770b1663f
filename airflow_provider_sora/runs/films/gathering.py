"""Which archived clips make a film, in order, and what is missing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.archive.stages import DRAFT, STAGE, is_draft
from airflow_provider_sora.runs.films.film_edit import SETTINGS, Part, cut_mark, shots_of
from airflow_provider_sora.runs.films.waves import first_made
from airflow_provider_sora.runs.gates import skip_with
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.made import Markers
from airflow_provider_sora.stores.keys import key_of
from airflow_provider_sora.words.reasons import because

#: The task that calls :func:`gather`.
GATHER = "film"
#: Label of a cut: what it is made of.
CUT = "cut"


def gather(context: Mapping[str, Any]) -> dict[str, Any]:
    """The film of this run, as its cut takes it: ``videos`` in order, ``title``, ``destination``, ``labels``, and what
    lies over all of it.

    Param ``placeholders``: a card stands for a scene that is missing; the film is a draft then.

    :raises AirflowSkipException: scenes are missing, which are named; or the film that is there is of these clips.
    """
    run = PlannedRun.of(context)
    choice = run.kept()
    film = choice.film if choice else None
    if film is None or run.dry_run:
        skip_with(context, because("no_film"))
        raise AssertionError("unreachable")
    parts = tuple(Part.from_json(entry) for entry in film["scenes"])
    markers = Markers(run.store, run.paths)
    clips = {part.number: made for part in parts if (made := first_made(markers, part.marks)) is not None}
    missing = [part.told for part in parts if part.number not in clips]
    if missing and not (clips and run.params.get("placeholders")):
        skip_with(context, because("holes", scenes=", ".join(missing)))
    title, settings = film["title"], dict(film.get("cut") or {})
    videos = shots_of(parts, clips, settings, film.get("language", "en"))
    mark = cut_mark(title, videos, settings)
    before = markers.clip(f"film-{mark}")
    if before is not None and before.run != run.paths.run:
        skip_with(context, because("same_film", uri=before.uri))
    labels = {"guid": title, "film": title, "title": title, CUT: mark, "review": "pending"}
    labels |= {"missing": ", ".join(missing)[:200]} if missing else {}
    # A film that holds a draft or a hole is one: it can be looked at, and never published.
    draft = missing or any(is_draft(made.labels) for made in clips.values())
    return {
        "videos": videos,
        "title": title,
        "destination": run.paths.item(key_of(title, mark)),
        "labels": {**labels, **({STAGE: DRAFT} if draft else {})},
        "over_all": {name: settings[name] for name in SETTINGS if settings.get(name) is not None},
    }


def take_settings(context: Mapping[str, Any]) -> None:
    """``pre_execute`` of the task that cuts: what lies over the film is the storyboard's, where that says it.

    Which arguments those are shows only now, and one that is rendered from nothing would be a blank, which is refused.
    """
    for name, value in (context["ti"].xcom_pull(task_ids=GATHER, key="over_all") or {}).items():
        setattr(context["task"], name, value)


def remember_cut(context: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """``post_execute`` of the task that cuts: no later run cuts the same clips again."""
    run = PlannedRun.of(context)
    mark = (result.get("labels") or {}).get(CUT)
    if mark:
        Markers(run.store, run.paths).note(f"film-{mark}", result)
