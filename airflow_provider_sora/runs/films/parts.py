"""Which archived clips make a film, in order, and what is missing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.archive.stages import DRAFT, STAGE, is_draft
from airflow_provider_sora.keys import digest, key_of
from airflow_provider_sora.runs.films.waves import first_made
from airflow_provider_sora.runs.gates import skip_with
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.made import Made, Markers
from airflow_provider_sora.words.reasons import because

#: Label of a cut: what it is made of.
CUT = "cut"


@dataclass(frozen=True, slots=True)
class Part:
    """A scene of the film as the run that plans it writes it down.

    :param told: ``scene 4 (harbour)``; ``marks``: of its clip, best first.
    :param transition: to the next scene: 0 for a cut, else the frames of a dissolve.
    :param dialogue: ``(who or None, words)``, in order.
    """

    number: int
    told: str
    marks: tuple[str, ...]
    seconds: int | None = None
    transition: int = 0
    dialogue: tuple[tuple[str | None, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "told": self.told,
            "marks": list(self.marks),
            "seconds": self.seconds,
            "transition": self.transition,
            "dialogue": [list(line) for line in self.dialogue],
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Part:
        return cls(
            int(entry["number"]),
            str(entry["told"]),
            tuple(entry["marks"]),
            entry.get("seconds"),
            int(entry.get("transition") or 0),
            tuple((who, str(words)) for who, words in entry.get("dialogue") or ()),
        )


def cut_mark(title: str, parts: tuple[Part, ...], clips: Mapping[int, Made]) -> str:
    """What a cut is remembered by: its clips, in order, and what lies between them."""
    told = (f"{clips[part.number].video_id} {part.transition} {part.dialogue}" for part in parts)
    return digest("film", title, *told)[:20]


def gather(context: Mapping[str, Any]) -> dict[str, Any]:
    """The film of this run: ``videos`` in order, ``title``, ``destination`` and ``labels`` of its cut.

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
    if missing:
        skip_with(context, because("holes", scenes=", ".join(missing)))
    mark = cut_mark(film["title"], parts, clips)
    before = markers.clip(f"film-{mark}")
    if before is not None and before.run != run.paths.run:
        skip_with(context, because("same_film", uri=before.uri))
    title = film["title"]
    labels = {"guid": title, "film": title, "title": title, CUT: mark, "review": "pending"}
    # A film that holds a draft is one: it can be looked at, and never published.
    drafts = {STAGE: DRAFT} if any(is_draft(made.labels) for made in clips.values()) else {}
    return {
        "videos": [_record(clips[part.number]) for part in parts],
        "title": title,
        "destination": run.paths.item(key_of(title, mark)),
        "labels": {**labels, **drafts},
    }


def remember_cut(context: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """``post_execute`` of the task that cuts: no later run cuts the same clips again."""
    run = PlannedRun.of(context)
    mark = (result.get("labels") or {}).get(CUT)
    if mark:
        Markers(run.store, run.paths).note(f"film-{mark}", result)


def _record(made: Made) -> dict[str, Any]:
    """As the cut takes a video."""
    return {
        "video_id": made.video_id,
        "uri": made.uri,
        "receipt_uri": made.receipt_uri,
        "labels": dict(made.labels),
        "cost_estimate_usd": made.cost_estimate_usd,
    }
