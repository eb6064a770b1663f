"""How long jobs of one kind usually take, learnt from those that ended here."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import OrderedDict, deque
from dataclasses import dataclass, field

#: Model and length as the server states them. Never shown.
Kind = tuple[str, float | None]

#: So many ends of one kind are remembered, and so few tell nothing yet.
REMEMBERED = 64
ENOUGH = 5
KINDS = 200
#: A look is worth its request when this share of the jobs that were still out has ended since.
SHARE = 0.25


@dataclass(slots=True)
class _Times:
    in_turn: deque[float] = field(default_factory=deque)
    sorted: list[float] = field(default_factory=list)


class Usual:
    """Seconds from creation to end, by kind. Kept for the process: plain numbers, no client and no key."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[Kind, _Times] = OrderedDict()

    def learn(self, kind: Kind, seconds: float) -> None:
        """One job of this kind took so long."""
        times = self._kinds.setdefault(kind, _Times())
        self._kinds.move_to_end(kind)
        times.in_turn.append(seconds)
        insort(times.sorted, seconds)
        if len(times.in_turn) > REMEMBERED:
            times.sorted.remove(times.in_turn.popleft())
        if len(self._kinds) > KINDS:
            self._kinds.popitem(last=False)

    def next_look(self, kind: Kind, age: float) -> float | None:
        """The age, in seconds, at which the next look is worth its request.

        That is when a quarter of those that took longer than ``age`` had ended; None where too little is known of
        this kind, or where none took longer.
        """
        times = self._kinds.get(kind)
        if times is None or len(times.sorted) < ENOUGH:
            return None
        first = bisect_right(times.sorted, age)
        left = len(times.sorted) - first
        return times.sorted[first + int(left * SHARE)] if left else None
