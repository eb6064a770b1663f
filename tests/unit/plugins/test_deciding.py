"""What a button says before it sends anything: nothing is paid for at one press."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_sora.plugins.browsing import deciding
from airflow_provider_sora.plugins.browsing.questions import Question
from airflow_provider_sora.review.question import APPROVE, CHANGE_IT, REJECT
from airflow_provider_sora.words.page_words import words

REQUEST: Any = SimpleNamespace(scope={"root_path": "/sora"})


def acts(**more: str) -> dict[str, Any]:
    question = Question(
        "video_review", "r 1", "clip.review", 0, (APPROVE, REJECT, CHANGE_IT), assigned=frozenset(), **more
    )
    return {act.name: act for act in deciding._answers(REQUEST, question, words("en"))}


@pytest.mark.parametrize(("final_price", "asked"), [("", False), ("$1.20", True)])
def test_what_pays_is_asked_twice_and_tells_its_price(final_price: str, asked: bool) -> None:
    found = acts(price="$0.40", final_price=final_price)
    assert bool(found["approve"].sure) is asked and ("$1.20" in found["approve"].price) is asked
    assert ("pays for its final, estimated at $1.20" in found["approve"].sure) is asked
    assert "$0.40" in found["change"].sure and found["change"].needs_words
    assert not found["reject"].sure and not found["reject"].price
    assert found["approve"].address.endswith("/dagRuns/r%201/taskInstances/clip.review/0/hitlDetails")
