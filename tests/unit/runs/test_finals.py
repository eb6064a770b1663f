"""Which approval permits a draft's final, what a changed item is, and what a draft's labels become."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_sora.archive.afterwards.totals import drafts_line, summarize
from airflow_provider_sora.archive.stages import draft_labels, final_labels, is_draft
from airflow_provider_sora.exceptions import DecisionRefusedError
from airflow_provider_sora.review.decisions import Trail
from airflow_provider_sora.runs.finals import check_permitted, permitted_by
from tests.support.receipts import receipt_of
from tests.unit.review.test_decisions import decided

HERE = {"dag_id": "video_review", "run_id": "r", "map_index": 0}
HANA, KENJI = {"id": "hana", "name": "hana"}, {"id": "kenji", "name": "kenji"}
PLACE: Any = SimpleNamespace(video_id="video_1")


def approved(number: int, *, run_id: str = "r", by: dict[str, str] = HANA, **more: Any) -> Any:
    asked = {**HERE, "run_id": run_id, "task_id": "clip.review"}
    return decided("approved", number=number, by=by, asked=asked, **more)


def test_the_first_approval_that_suffices_permits_the_final_and_no_later_one() -> None:
    two = (approved(1, approvers=2), approved(2, by=KENJI, approvers=2))
    assert permitted_by(Trail(two[:1])) is None and permitted_by(Trail(two)) == two[1]
    again = Trail((approved(1), decided("withdrawn", number=2), approved(3, run_id="later")))
    assert permitted_by(again) == again.decisions[0]
    check_permitted(PLACE, Trail((approved(1),)), HERE)
    check_permitted(PLACE, again, HERE)
    with pytest.raises(DecisionRefusedError, match="permitted to run r of video_review"):
        check_permitted(PLACE, again, {**HERE, "run_id": "later"})


@pytest.mark.parametrize(
    "trail",
    [
        Trail(),
        Trail((decided("rejected", number=1),)),
        Trail((approved(1, approvers=2),)),
        Trail((approved(1), decided("withdrawn", number=2))),
    ],
)
def test_what_is_not_approved_now_permits_nothing(trail: Trail) -> None:
    with pytest.raises(DecisionRefusedError, match="Nothing was paid"):
        check_permitted(PLACE, trail, HERE)


def test_labels_of_a_final_keep_the_users_own() -> None:
    draft = {"sku": "A", **draft_labels("sora-2-pro", 1.2)}
    assert is_draft(draft) and draft["final_usd"] == "1.2" and draft["final_model"] == "sora-2-pro"
    final = final_labels(draft, "video_1")
    assert final == {"sku": "A", "clip_stage": "final", "draft_id": "video_1"} and not is_draft(final)
    assert draft_labels(None, None) == {"clip_stage": "draft"}


@pytest.mark.parametrize(
    ("finals", "saved", "said"), [(1, 1.6, "saved 1.60"), (3, -1.2, "cost 1.20")], ids=["few", "all"]
)
def test_what_drafts_saved_is_against_finals_at_once(finals: int, saved: float, said: str) -> None:
    made = [receipt_of(f"d{n}", usd=0.4, **draft_labels("pro", 1.4)) for n in range(3)]
    made += [receipt_of(f"f{n}", usd=1.4, clip_stage="final", draft_id=f"d{n}") for n in range(finals)]
    found = summarize(made, ["day"]).drafts
    assert found is not None and found.saved_usd == pytest.approx(saved) and said in drafts_line(found)
    assert summarize([receipt_of("x", usd=1.0)], ["day"]).drafts is None
    unknown = summarize([*made, receipt_of("d9", usd=None, clip_stage="draft")], ["day"]).drafts
    assert unknown is not None and unknown.saved_usd is None and "not known" in drafts_line(unknown)


def test_copies_of_a_draft_have_its_labels_and_are_no_drafts() -> None:
    draft = receipt_of("d", usd=0.5, **draft_labels("pro", 2.0))
    copies = [{**receipt_of(f"shape_{n}", usd=0.5, **draft_labels("pro", 2.0)), "kind": "derived"} for n in range(2)]
    alone, with_copies = summarize([draft], ["day"]).drafts, summarize([draft, *copies], ["day"]).drafts
    assert alone is not None and alone == with_copies
