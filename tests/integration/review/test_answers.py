"""What follows from an answer, whoever else has asked about the same clip: paid for once, told, and never stuck."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ArchiveError, DecisionRefusedError
from airflow_provider_sora.review.decisions import APPROVED, CHANGE, REJECTED, UNDECIDED
from airflow_provider_sora.review.place import open_place, read_trail
from airflow_provider_sora.tasks.questions import reviewing
from airflow_provider_sora.tasks.questions.reviewing import Case, Policy, answer_of, change_of, kept_answer, settle
from airflow_provider_sora.tasks.running import Running
from tests.integration.review.clips import HANA, KENJI, decide, made

AT = "2026-11-26T10:00:00+00:00"


class States(dict):
    """A task's state store."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


@pytest.fixture
def receipt(tmp_path: Path) -> str:
    return made(f"file://{tmp_path}/archive")


def case(receipt: str, run_id: str = "r") -> Case:
    ti = SimpleNamespace(dag_id="video_review", run_id=run_id, task_id="clip.review", map_index=0)
    place = open_place(receipt)
    return Case(Running({"ti": ti}, logging.getLogger("test")), place, read_trail(place), Policy())


def event(option: str, by: dict[str, str] | None = KENJI, words: str = "") -> dict[str, Any]:
    return {
        "chosen_options": [option], "params_input": {"words": words}, "responded_at": AT, "responded_by_user": by
    }  # fmt: skip


def test_a_change_is_paid_for_behind_one_task(receipt: str) -> None:
    asking, other = case(receipt), case(receipt, "by-hand")
    settle(asking, answer_of(asking, event("Change", words="colder"), 0), States())
    assert change_of(asking)["change"] == "colder" and change_of(asking)["change_labels"]["review_round"] == "1"
    assert change_of(case(receipt))["change"] == "colder", "a clear of that task goes on with its job"
    assert change_of(case(receipt, "by-hand"))["change"] == ""
    # Two answers alike at two places: the second is no second order.
    settle(other, answer_of(other, event("Change", HANA, "warmer"), 0), States())
    assert other.trail.state == CHANGE and change_of(other)["change"] == ""
    assert len(read_trail(other.place).decisions) == 1


def test_what_was_rejected_elsewhere_is_asked_again_where_that_is_wanted(receipt: str) -> None:
    asking = case(receipt)
    settle(asking, answer_of(asking, event("Reject"), 0), States())
    assert not case(receipt).is_open(ask_again=True), "a clear of the task that asked"
    assert not case(receipt, "by-hand").is_open()
    assert case(receipt, "by-hand").is_open(ask_again=True)


def test_who_answers_otherwise_than_somebody_before_is_told_and_the_next_try_does_not_insist(receipt: str) -> None:
    late, states = case(receipt), States()
    decide(late.place, REJECTED, why="logo")
    with pytest.raises(DecisionRefusedError, match="rejected by kenji"):
        settle(late, answer_of(late, event("Approve", HANA), 0), states)
    assert late.trail.state == REJECTED and kept_answer(case(receipt), states) is None


@pytest.mark.parametrize("before", [REJECTED, APPROVED])
def test_a_due_time_changes_nothing_that_somebody_decided(receipt: str, before: str) -> None:
    late = case(receipt)
    decide(late.place, before)
    settle(late, answer_of(late, {"error": "late", "error_type": "timeout"}, 0), States())
    assert late.trail.state == before and len(late.trail.decisions) == 1


def test_nobody_answered(receipt: str) -> None:
    late = case(receipt)
    settle(late, answer_of(late, {"error": "late", "error_type": "timeout"}, 0), States())
    assert late.trail.state == UNDECIDED and late.trail.last and late.trail.last.by is None and late.is_open()


def test_airflow_cannot_approve_for_an_absent_person_and_the_question_can_be_put_again(receipt: str) -> None:
    absent, states = case(receipt), States()
    decision = answer_of(absent, event("Approve", None), 0)
    settle(absent, decision, states)
    assert absent.trail.decisions == () and absent.is_open() and kept_answer(absent, states) is None


def test_an_answer_outlives_a_bucket_that_fails(receipt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asking, states = case(receipt), States()
    decision = answer_of(asking, event("Approve"), 0)

    def down(*_: object) -> None:
        raise ArchiveError("The bucket is down.")

    with monkeypatch.context() as broken:
        broken.setattr(reviewing, "record_decision", down)
        with pytest.raises(ArchiveError):
            settle(asking, decision, states)
    retried = case(receipt)
    kept = kept_answer(retried, states)
    assert kept == decision
    settle(retried, kept, states)
    assert retried.trail.publishable and kept_answer(case(receipt), states) is None


def test_the_question_leads_to_the_clips_page(receipt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_sora.plugins.browsing import clip_page
    from airflow_provider_sora.plugins.serving import file_route
    from airflow_provider_sora.tasks.questions.asking import links_of

    place = case(receipt).place
    assert links_of(place).clip is None, "no archive of this deployment holds it"
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example/shop/")
    monkeypatch.setenv("AIRFLOW__SORA__ARCHIVES", receipt.partition("/unreviewed/")[0])
    links = links_of(place)
    assert links.clip and links.thumbnail
    routes = [*clip_page.router().routes, *file_route.router().routes]
    for link in (links.clip, links.thumbnail):
        path = link.removeprefix("https://airflow.example/shop/sora")
        assert path.startswith("/") and any(route.path_regex.match(path) for route in routes), link  # type: ignore[attr-defined]
