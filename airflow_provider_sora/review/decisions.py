"""A person's decision about a clip, and which may follow which (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from airflow_provider_sora.exceptions import ContentError, DecisionRefusedError

SCHEMA = "urn:airflow-provider-sora:decision:1"

APPROVED, REJECTED, CHANGE, WITHDRAWN, UNDECIDED = "approved", "rejected", "change", "withdrawn", "undecided"
STATES = (APPROVED, REJECTED, CHANGE, WITHDRAWN, UNDECIDED)

#: What may follow what; None is a clip about which nothing was decided. An approval that waits for a second person is
#: no approval yet: after it everything may follow.
_AFTER: Mapping[str | None, tuple[str, ...]] = {
    None: (APPROVED, REJECTED, CHANGE, UNDECIDED),
    UNDECIDED: (APPROVED, REJECTED, CHANGE, UNDECIDED),
    APPROVED: (WITHDRAWN,),
    REJECTED: (APPROVED, CHANGE),
    CHANGE: (APPROVED, REJECTED),
    WITHDRAWN: (APPROVED, REJECTED),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, as it lies beside the receipt.

    :param number: its place in the trail, from 1.
    :param by: ``{"id": …, "name": …}`` as Airflow knows that person; None where the due time passed and nobody had
        answered, which never approves and never pays.
    :param at: ISO 8601 in UTC.
    :param why: that person's words; of a change, what is to be different.
    :param sha256: of the video's bytes that were shown.
    :param round: how many changes people have paid for before this clip.
    :param approvers: how many different people must approve before it may be published.
    :param requested_by: name of whoever had the clip made, whose own approval is not enough; None: no such rule.
    :param asked: the task that asked: ``dag_id``, ``run_id``, ``task_id``, ``map_index``; empty for a script.
    """

    state: str
    number: int
    video_id: str
    sha256: str
    at: str
    by: Mapping[str, str] | None = None
    why: str = ""
    round: int = 0
    approvers: int = 1
    requested_by: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """Who decided, for a sentence."""
        return self.by["name"] if self.by else "nobody (the due time passed)"


@dataclass(frozen=True, slots=True)
class Trail:
    """All decisions about a clip, the oldest first."""

    decisions: tuple[Decision, ...] = ()

    @property
    def last(self) -> Decision | None:
        return self.decisions[-1] if self.decisions else None

    @property
    def state(self) -> str | None:
        """The word of the last decision; None where there is none."""
        return self.last.state if self.last else None

    @property
    def approvals(self) -> tuple[Decision, ...]:
        """The approvals that stand together at the end."""
        found: list[Decision] = []
        for decision in reversed(self.decisions):
            if decision.state != APPROVED:
                break
            found.insert(0, decision)
        return tuple(found)

    @property
    def lacks(self) -> str | None:
        """Why the approvals do not suffice yet; None where they do, or where there is none."""
        last = self.last
        if last is None or last.state != APPROVED:
            return None
        given = self.approvals
        people = {decision.by["id"] for decision in given if decision.by}
        if len(people) < max(decision.approvers for decision in given):
            return f"approved by {', '.join(decision.who for decision in given)}; another person has to approve, too"
        others = {decision.by["name"] for decision in given if decision.by} - {last.requested_by}
        return None if others else f"{last.requested_by} had it made and cannot be the only one to approve it"

    @property
    def publishable(self) -> bool:
        """Whether the clip may be published now."""
        return self.state == APPROVED and self.lacks is None


def check_follows(trail: Trail, decision: Decision) -> None:
    """Whether a decision may stand behind a trail.

    :raises DecisionRefusedError: it may not; the message says what was decided, by whom, and what can be done.
    """
    last = trail.last
    if decision.number != len(trail.decisions) + 1:
        raise DecisionRefusedError(
            f"{told(trail)} Your decision was made without knowing that. Look again, then decide."
        )
    if decision.by is None and decision.state in (APPROVED, CHANGE, WITHDRAWN):
        raise DecisionRefusedError(
            f"Nobody answered for video {decision.video_id}, so it cannot be {_WORDS[decision.state]}: that takes a "
            "person. Nothing was published.",
            video_id=decision.video_id,
        )
    if decision.state == CHANGE and not decision.why.strip():
        raise DecisionRefusedError(
            f"A change of video {decision.video_id} was asked for without saying which.",
            step="answer again and write what is to be different.",
            video_id=decision.video_id,
        )
    allowed = _AFTER[None if last is None or trail.lacks else last.state]
    if (
        decision.state == APPROVED
        and decision.by
        and decision.by["id"] in {before.by["id"] for before in trail.approvals if before.by}
    ):
        raise DecisionRefusedError(
            f"{decision.who} has approved video {decision.video_id} already: {trail.lacks or 'it is approved'}. "
            "Nothing more was decided.",
            video_id=decision.video_id,
        )
    if decision.state not in allowed:
        can = f"It can be {' or '.join(_WORDS[state] for state in allowed)}."
        raise DecisionRefusedError(
            f"{told(trail)} It cannot be {_WORDS[decision.state]} after that. Nothing was decided or published. {can}",
            video_id=decision.video_id,
        )


def told(trail: Trail) -> str:
    """What was decided last, by whom and when, as a sentence."""
    last = trail.last
    if last is None:
        return "Nothing was decided yet."
    why = f": {last.why}" if last.why else ""
    return f"Video {last.video_id} was {_WORDS[last.state]} by {last.who} at {last.at}{why}."


_WORDS = {
    APPROVED: "approved",
    REJECTED: "rejected",
    CHANGE: "sent back for a change",
    WITHDRAWN: "withdrawn",
    UNDECIDED: "left undecided",
}


def to_bytes(decision: Decision) -> bytes:
    """The same bytes for the same decision, so that a retry knows its own."""
    return (json.dumps({"schema": SCHEMA, **asdict(decision)}, ensure_ascii=False, indent=2) + "\n").encode()


def read_decision(data: bytes, where: str) -> Decision:
    """:raises ContentError: it is none, or of a later version of this provider."""
    try:
        found = json.loads(data)
        schema = found.pop("schema")
        decision = Decision(**found)
        well = schema == SCHEMA and decision.state in STATES and isinstance(decision.number, int)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ContentError(f"{where} is no decision: {error}. Nothing was decided or published by it.") from error
    if not well:
        raise ContentError(f"{where} is no decision that this version of airflow-provider-sora knows ({schema}).")
    return decision
