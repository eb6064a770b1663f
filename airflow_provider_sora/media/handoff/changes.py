"""What differs between two hand-offs of a film, for whoever has begun to work with the earlier one (pure).

A shot is known again by its name, so a scene that was made anew is the same shot with other material.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: What of a shot may change, by its key in a hand-off's list, and the word for it.
_OF_A_SHOT = {
    "video_id": "new material",
    "words": "other words",
    "source": "trimmed",
    "frames": "other length",
    "blend": "other dissolve",
    "captions": "other captions",
}
_OF_THE_FILM = ("rate", "size", "music", "loop")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is other in ``after``, the film first and then shot by shot.

    :param before: a hand-off as its ``handoff.json`` states it, as is ``after``: ``film`` and ``shots``.
    :returns: one entry a change: ``what``, and of a shot its ``shot`` (number now; before, where it is gone) and
        ``name``, and ``before`` and ``after``.
    """
    film = [
        {"what": f"other {key}", "before": before["film"].get(key), "after": after["film"].get(key)}
        for key in _OF_THE_FILM
        if before["film"].get(key) != after["film"].get(key)
    ]
    old, new = _by_name(before["shots"]), _by_name(after["shots"])
    kept = [key for key in new if key in old]
    moved = _moved([key for key in old if key in new], kept)
    found: list[dict[str, Any]] = []
    for key, shot in new.items():
        if key not in old:
            found.append({"what": "added", **_named(shot)})
            continue
        if key in moved:
            found.append({"what": "moved", **_named(shot), "before": old[key]["number"], "after": shot["number"]})
        found += [
            {"what": word, **_named(shot), "before": old[key].get(name), "after": shot.get(name)}
            for name, word in _OF_A_SHOT.items()
            if old[key].get(name) != shot.get(name)
        ]
    gone = [{"what": "removed", **_named(shot)} for key, shot in old.items() if key not in new]
    return [*film, *found, *gone]


def told(change: Mapping[str, Any]) -> str:
    """A change as a line of text."""
    where = f"Shot {change['shot']}, {change['name']}: " if "shot" in change else "Film: "
    values = f" ({_short(change['before'])} before, {_short(change['after'])} now)" if "before" in change else ""
    return f"{where}{change['what']}{values}"


def _by_name(shots: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Shots by name; one that stands there again has the number of times before it."""
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for shot in shots:
        times = 0
        while (shot["name"], times) in found:
            times += 1
        found[(shot["name"], times)] = shot
    return found


def _moved(before: Sequence[Any], after: Sequence[Any]) -> set[Any]:
    """The fewest that must have been moved: all but the longest run that kept its order."""
    place = {key: number for number, key in enumerate(before)}
    best: list[list[Any]] = []
    for key in after:
        longest: list[Any] = max((run for run in best if place[run[-1]] < place[key]), key=len, default=[])
        best.append([*longest, key])
    kept = max(best, key=len, default=[])
    return set(after) - set(kept)


def _named(shot: Mapping[str, Any]) -> dict[str, Any]:
    return {"shot": shot["number"], "name": shot["name"]}


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, (int, float)) for item in value):
            return " to ".join(f"{item:g}" for item in value) + " s"
        return f"{len(value)} of them"
    text = " ".join(str("none" if value is None else value).split())
    return text if len(text) <= 40 else f"{text[:39]}…"
