"""What the caps leave: for a report, and for a run that plans (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from airflow_provider_sora.caps.limits import Cap


@dataclass(frozen=True, slots=True)
class Room:
    """One cap's sum.

    :param cap: in words; ``period``: the month or day.
    :param usd: the cap; ``entered_usd``: what is entered in the book; ``left_usd``: what is left, never below 0.
    """

    cap: str
    period: str
    usd: float
    entered_usd: float
    left_usd: float


def rooms(caps: Sequence[Cap], sums: Mapping[str, float], day: date) -> list[Room]:
    """A room for every cap, and of a cap for each value of a label, one for every value that is entered."""
    found = []
    for cap in caps:
        bare = cap.bucket(day, {cap.label: ""} if cap.label else {})
        if cap.label is None:
            values: list[str] = [""]
        elif cap.value is not None:
            values = [cap.value]
        else:
            values = sorted(name.removeprefix(bare) for name in sums if name.startswith(bare))
        period = bare.partition(" ")[0]
        for value in values:
            labels = {cap.label: value} if cap.label else {}
            entered = round(sums.get(cap.bucket(day, labels), 0.0), 6)
            left = max(round(cap.usd - entered, 6), 0.0)
            found.append(Room(cap.told(labels), period, cap.usd, entered, left))
    return found


def left_for(
    caps: Sequence[Cap], sums: Mapping[str, float], day: date, labels: Mapping[str, str]
) -> dict[str, tuple[float, float]]:
    """The caps that a job with these labels falls under, by a name for people: the whole, and what is left, in USD."""
    found: dict[str, tuple[float, float]] = {}
    for cap in caps:
        if cap.applies(labels):
            whose = "" if cap.label is None else f" of {cap.label} {labels.get(cap.label) or '(none)'}"
            left = max(cap.usd - sums.get(cap.bucket(day, labels), 0.0), 0.0)
            name = f"the {cap.per}'s cap{whose}"
            if name not in found or left < found[name][1]:  # two caps may be on the same
                found[name] = (cap.usd, left)
    return found
