"""What may go when: and above all what has to stay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_sora.archive.facts import Facts, facts_in
from airflow_provider_sora.archive.stages import DRAFT, STAGE
from airflow_provider_sora.retention.what import KEPT_STATES, is_before, may_go, old_states, remote_may_go
from airflow_provider_sora.review.decisions import (
    APPROVED,
    CHANGE,
    REJECTED,
    STATES,
    UNDECIDED,
    WITHDRAWN,
    Decision,
    Trail,
)
from tests.support.receipts import receipt_of

FOLDER = "unreviewed/shop/2026/11/26/0900-lamp/video_1"
PLAIN = "clips/video_1"
LONG_AGO, LATELY = "2026-01-01T00:00:00+00:00", "2026-11-20T00:00:00+00:00"
BEFORE = datetime(2026, 6, 1, tzinfo=UTC)


def facts(archived_at: str = LONG_AGO, **labels: str) -> Facts:
    receipt: dict[str, Any] = receipt_of(**labels)
    receipt["times"]["archived_at"] = archived_at
    return facts_in(receipt)


def trail(*states: str, at: str = LONG_AGO) -> Trail:
    return Trail(tuple(Decision(state, n, "video_1", "0" * 64, at) for n, state in enumerate(states, 1)))


@pytest.mark.parametrize("states", [(REJECTED,), (APPROVED, WITHDRAWN), (CHANGE, REJECTED)])
def test_a_clip_that_was_turned_down_long_ago_may_go(states: tuple[str, ...]) -> None:
    assert may_go(FOLDER, facts(), trail(*states), {}, BEFORE) == ("rejected", LONG_AGO)
    assert may_go(PLAIN, facts(), trail(*states), {}, BEFORE) == ("rejected", LONG_AGO)
    assert may_go(FOLDER, facts(), trail(*states, at=LATELY), {}, BEFORE) is None


@pytest.mark.parametrize("state", sorted({APPROVED, CHANGE}))
@pytest.mark.parametrize("labels", [{}, {STAGE: DRAFT}])
def test_what_is_approved_or_changed_stays(state: str, labels: dict[str, str]) -> None:
    assert may_go(FOLDER, facts(**labels), trail(state), {}, BEFORE) is None


def test_a_rejection_that_was_taken_back_stays() -> None:
    assert may_go(FOLDER, facts(), trail(REJECTED, APPROVED), {}, BEFORE) is None


def test_a_draft_may_go_once_its_final_is_archived() -> None:
    draft = facts(**{STAGE: DRAFT})
    assert may_go(FOLDER, draft, trail(APPROVED), {"video_1": LONG_AGO}, BEFORE) == ("drafts", LONG_AGO)
    assert may_go(FOLDER, draft, trail(APPROVED), {"video_1": LATELY}, BEFORE) is None
    assert may_go(FOLDER, draft, trail(APPROVED), {"video_2": LONG_AGO}, BEFORE) is None


@pytest.mark.parametrize("states", [(), (UNDECIDED,)])
def test_an_answer_is_missing_only_where_somebody_is_asked(states: tuple[str, ...]) -> None:
    assert may_go(FOLDER, facts(), trail(*states), {}, BEFORE) == ("undecided", LONG_AGO)
    assert may_go(PLAIN, facts(), trail(*states), {}, BEFORE) is None
    assert may_go(FOLDER, facts(LATELY), trail(*states), {}, BEFORE) is None


@pytest.mark.parametrize("state", STATES)
def test_a_servers_copy_is_needed_while_a_change_may_be_asked_for(state: str) -> None:
    assert remote_may_go(FOLDER, facts(), trail(state), BEFORE) is (state != UNDECIDED)
    assert remote_may_go(FOLDER, facts(), trail(state, at=LATELY), BEFORE) is False


def test_a_servers_copy_of_what_nobody_reviews_may_go() -> None:
    assert remote_may_go(PLAIN, facts(), trail(), BEFORE) is True
    assert remote_may_go(FOLDER, facts(), trail(), BEFORE) is False


def test_the_latest_states_stay_however_old_and_the_young_ones_however_many() -> None:
    old = [f"state/shop/turns/202601{day:02}T090000Z-aaaa.json" for day in range(1, 21)]
    assert old_states(old, BEFORE) == old[:-KEPT_STATES]
    young = [f"state/shop/turns/202611{day:02}T090000Z-aaaa.json" for day in range(1, 21)]
    assert old_states([*old, *young], BEFORE) == old
    assert old_states(young, BEFORE) == []


@pytest.mark.parametrize(
    ("moment", "is_so"), [(LONG_AGO, True), ("2026-01-01T00:00:00", True), ("", False), ("x", False)]
)
def test_what_nobody_can_date_stays(moment: str, is_so: bool) -> None:
    assert is_before(moment, BEFORE) is is_so
