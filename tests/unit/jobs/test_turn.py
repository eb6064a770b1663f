"""How long a task waits for its turn, and when it gives up."""

from __future__ import annotations

import pytest

from airflow_provider_sora.exceptions import RateLimitedError
from airflow_provider_sora.jobs.turn import FIRST, LONGEST, NOT_ASKED, SHORTEST, Turn


def full(retry_after: float | None = None) -> RateLimitedError:
    return RateLimitedError("The queue is full.", cost="Nothing was paid.", status_code=429, retry_after=retry_after)


def test_pauses_double_where_the_server_names_none() -> None:
    turn, pauses = NOT_ASKED, []
    for number in range(7):
        turn = turn.after(1000.0 + number)
        pauses.append(turn.pause(full(), 1000.0 + number, 9000, lambda: 0.0))
    assert pauses == [FIRST, 30, 60, 120, 240, LONGEST, LONGEST]
    assert turn == Turn(1000.0, 7)


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 40.0), (0.5, 50.0), (1.0, 60.0)])
def test_the_servers_own_word_is_the_least_and_chance_spreads_those_refused_together(chance, pause) -> None:
    assert Turn(0.0, 9).pause(full(40), 0.0, 9000, lambda: chance) == pause


def test_no_trigger_fires_right_after_its_deferral() -> None:
    assert Turn(0.0, 1).pause(full(1), 0.0, 60, lambda: 0.0) == SHORTEST


@pytest.mark.parametrize(("now", "waits"), [(0.0, True), (60.0, True), (60.1, False), (101.0, False)])
def test_nobody_asks_after_the_timeout(now: float, waits: bool) -> None:
    turn = Turn(0.0, 3)
    if waits:
        assert turn.pause(full(40), now, 100, lambda: 1.0) <= 100 - now
        return
    with pytest.raises(RateLimitedError, match=r"3 times in .* timeout=100 .*Nothing was paid.*pool") as caught:
        turn.pause(full(40), now, 100, lambda: 1.0)
    assert (caught.value.status_code, caught.value.retry_after) == (429, 40)


def test_what_waits_for_something_else_than_a_server_ends_with_its_own_step() -> None:
    waiting = RateLimitedError(
        "Its beginning is not there.",
        cost="Nothing was paid.",
        step="approve it.",
        reason="no_beginning",
        retry_after=40,
    )
    told = r"not there\. It was asked for once in 0 s, and timeout=30 .*Nothing was paid\. Next: approve it\."
    with pytest.raises(RateLimitedError, match=told) as caught:
        Turn(0.0, 1).pause(waiting, 0.0, 30, lambda: 1.0)
    assert "pool" not in str(caught.value)
