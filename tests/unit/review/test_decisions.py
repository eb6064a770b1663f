"""Which decision may follow which, and what a trail amounts to."""

from __future__ import annotations

import itertools

import pytest

from airflow_provider_sora.exceptions import ContentError, DecisionRefusedError
from airflow_provider_sora.review.decisions import (
    APPROVED,
    CHANGE,
    REJECTED,
    STATES,
    UNDECIDED,
    WITHDRAWN,
    Decision,
    Trail,
    check_follows,
    read_decision,
    to_bytes,
)

KENJI, HANA = {"id": "1", "name": "kenji"}, {"id": "2", "name": "hana"}


def decided(state: str, number: int = 1, by: dict[str, str] | None = KENJI, **more: object) -> Decision:
    why = "colder" if state == CHANGE else ""
    return Decision(state, number, "video_1", "ab" * 32, "2026-11-26T09:00:00+00:00", by, **{"why": why, **more})  # type: ignore[arg-type]


ALLOWED = {
    (None, APPROVED), (None, REJECTED), (None, CHANGE), (None, UNDECIDED),
    (UNDECIDED, APPROVED), (UNDECIDED, REJECTED), (UNDECIDED, CHANGE), (UNDECIDED, UNDECIDED),
    (APPROVED, WITHDRAWN),
    (REJECTED, APPROVED), (REJECTED, CHANGE),
    (CHANGE, APPROVED), (CHANGE, REJECTED),
    (WITHDRAWN, APPROVED), (WITHDRAWN, REJECTED),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), list(itertools.product([None, *STATES], STATES)))
def test_what_may_follow_what(before: str | None, after: str) -> None:
    trail = Trail((decided(before),)) if before else Trail()
    following = decided(after, len(trail.decisions) + 1, HANA)
    if (before, after) in ALLOWED:
        check_follows(trail, following)
    else:
        with pytest.raises(DecisionRefusedError, match=r"Nothing was decided|Nothing more was decided"):
            check_follows(trail, following)


@pytest.mark.parametrize("state", [APPROVED, CHANGE, WITHDRAWN])
def test_nobody_approves_pays_or_withdraws(state: str) -> None:
    with pytest.raises(DecisionRefusedError, match="takes a person"):
        check_follows(Trail(), decided(state, by=None))
    check_follows(Trail(), decided(UNDECIDED, by=None))
    check_follows(Trail(), decided(REJECTED, by=None))


def test_a_change_says_which() -> None:
    with pytest.raises(DecisionRefusedError, match="without saying which"):
        check_follows(Trail(), decided(CHANGE, why=" "))


def test_who_has_not_seen_the_last_decision_is_told_of_it() -> None:
    with pytest.raises(DecisionRefusedError, match=r"rejected by kenji at 2026-11-26T09:00:00\+00:00: too dark"):
        check_follows(Trail((decided(REJECTED, why="too dark"),)), decided(APPROVED, 1, HANA))


def test_two_different_people() -> None:
    first = Trail((decided(APPROVED, approvers=2),))
    assert not first.publishable and "another person has to approve" in str(first.lacks)
    with pytest.raises(DecisionRefusedError, match="kenji has approved video video_1 already"):
        check_follows(first, decided(APPROVED, 2, KENJI, approvers=2))
    for state in (REJECTED, CHANGE, UNDECIDED):
        check_follows(first, decided(state, 2, HANA))
    second = decided(APPROVED, 2, HANA, approvers=2)
    check_follows(first, second)
    assert Trail((*first.decisions, second)).publishable
    # A later question that asks for one person only does not undo that two were asked.
    assert not Trail(
        (decided(APPROVED, approvers=2), decided(UNDECIDED, 2), decided(APPROVED, 3, approvers=2))
    ).publishable


def test_who_had_it_made_is_not_the_only_one() -> None:
    own = Trail((decided(APPROVED, requested_by="kenji"),))
    assert not own.publishable and "kenji had it made" in str(own.lacks)
    other = decided(APPROVED, 2, HANA, requested_by="kenji")
    check_follows(own, other)
    assert Trail((*own.decisions, other)).publishable
    assert Trail((decided(APPROVED, by=HANA, requested_by="kenji"),)).publishable


def test_it_is_read_back_as_it_was_written_and_nothing_else_is() -> None:
    decision = decided(CHANGE, round=2, asked={"dag_id": "d", "map_index": 3})
    assert read_decision(to_bytes(decision), "there") == decision
    assert to_bytes(read_decision(to_bytes(decision), "there")) == to_bytes(decision)
    for data in (b"", b"[]", b"{}", b'{"schema": "other"}', to_bytes(decision).replace(b"decision:1", b"decision:2")):
        with pytest.raises(ContentError, match="there"):
            read_decision(data, "there")
