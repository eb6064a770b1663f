"""A film's shots as a list for people and programs: what is seen when, from which file, with which handles (pure)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from airflow_provider_sora.archive.cutting.edit_list import Order, said
from airflow_provider_sora.media.cut.edit import Card, Clip
from airflow_provider_sora.media.cut.film import Plan
from airflow_provider_sora.media.handoff.events import events_of, handles
from airflow_provider_sora.media.handoff.timeline_files import Media


def film_entry(plan: Plan, music: str | None) -> dict[str, Any]:
    """What is true of the whole film.

    :param music: sha256 of the bed.
    """
    timeline = plan.timeline
    return {
        "rate": str(timeline.rate),
        "size": "x".join(map(str, timeline.size)),
        "frames": timeline.frames,
        "seconds": _seconds(timeline.seconds),
        "loop": plan.edit.loop,
        "music": music,
    }


def shot_entries(plan: Plan, media: Media, order: Order) -> list[dict[str, Any]]:
    """Each shot: its file, which seconds of it are used, the handles, and where it stands in the film."""
    events = {event.shot: event for event in reversed(events_of(plan.timeline))}
    found = []
    for number, placed in enumerate(plan.timeline.shots):
        shot, facts, event = placed.shot, plan.facts[number], events[number]
        before, behind = handles(event, facts, plan.timeline)
        begin = Fraction(shot.start) if isinstance(shot, Clip) else Fraction(0)
        asked = order.edit.shots[number]
        video_id = order.records[int(asked.source)].video_id if isinstance(asked, Clip) else None
        found.append(
            {
                "number": number + 1,
                "name": shot.called,
                "video_id": video_id,
                "words": shot.text if isinstance(shot, Card) else None,
                "file": media.shots[number],
                "file_rate": str(facts.rate) if facts is not None else None,
                "source": [_seconds(begin), _seconds(begin + placed.frames / plan.timeline.rate)],
                "begin": event.begin,
                "frames": placed.frames,
                "blend": placed.blend_out,
                "handles": [_seconds(before), _seconds(behind)],
                "captions": said(list(shot.captions)),
            }
        )
    return found


def _seconds(value: Fraction) -> float:
    return round(float(value), 3)
