"""Rates that have no timecode, such as the 16 pictures a second of many models, as multiples that have one."""

from __future__ import annotations

from typing import Any

#: Whole rates that have a timecode.
_WHOLE = (24, 25, 30, 48, 50, 60)


def with_timecode(timeline: Any) -> Any:
    """An OpenTimelineIO timeline with every time at a rate that has a timecode; each stays the same to the frame.

    :raises ValueError: of a rate there is no such multiple.
    """
    import opentimelineio as otio

    made = timeline.deepcopy()
    made.global_start_time = _time(made.global_start_time)
    for marker in made.tracks.markers:
        marker.marked_range = _range(marker.marked_range)
    for item in (item for track in made.tracks for item in track):
        if isinstance(item, otio.schema.Transition):
            item.in_offset, item.out_offset = _time(item.in_offset), _time(item.out_offset)
            continue
        item.source_range = _range(item.source_range)
        if isinstance(item, otio.schema.Clip):
            item.media_reference.available_range = _range(item.media_reference.available_range)
    return made


def _range(found: Any) -> Any:
    import opentimelineio as otio

    return otio.opentime.TimeRange(_time(found.start_time), _time(found.duration))


def _time(found: Any) -> Any:
    import opentimelineio as otio

    try:
        otio.opentime.to_timecode(otio.opentime.RationalTime(0, found.rate))
    except ValueError:
        times = next((whole // found.rate for whole in _WHOLE if whole % found.rate == 0), None)
        if times is None:
            raise ValueError(f"{found.rate:g} frames a second have no timecode, nor has a multiple of them") from None
        return otio.opentime.RationalTime(found.value * times, found.rate * times)
    return found
