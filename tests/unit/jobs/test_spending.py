from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from airflow_provider_sora.jobs.spending import cost_of_receipt, cost_of_record, spent_on

TOKYO = ZoneInfo("Asia/Tokyo")


def test_a_job_counts_once_on_its_own_day_even_if_it_was_never_archived() -> None:
    record = cost_of_record({"video_id": "a", "submitted_at": "2026-11-21T15:30:00+00:00", "cost_estimate_usd": 0.4})
    receipt = cost_of_receipt(
        {
            "video_id": "a",
            "times": {"submitted_at": "2026-11-21T15:30:00+00:00"},
            "cost": {"actual": 0.5, "estimate": 0.4},
        }
    )
    lost = cost_of_record({"video_id": "b", "submitted_at": "2026-11-22T01:00:00+00:00", "cost_estimate_usd": 0.3})
    yesterday = cost_of_record({"video_id": "c", "submitted_at": "2026-11-21T14:59:00+00:00", "cost_estimate_usd": 9})
    unpriced = cost_of_record({"video_id": "d", "submitted_at": "2026-11-22T02:00:00+00:00"})
    costs = [c for c in (record, receipt, lost, yesterday, unpriced) if c]
    assert spent_on(date(2026, 11, 22), TOKYO, costs) == (0.8, ["d"])


def test_a_final_cut_and_an_empty_record_cost_nothing() -> None:
    assert cost_of_receipt({"kind": "final_cut", "video_id": "x"}) is None
    assert cost_of_record(None) is None and cost_of_record({}) is None


def test_a_known_price_beats_an_unknown_one() -> None:
    moment = "2026-11-22T02:00:00+00:00"
    for costs in ([("a", moment, None), ("a", moment, 0.4)], [("a", moment, 0.4), ("a", moment, None)]):
        assert spent_on(date(2026, 11, 22), TOKYO, costs) == (0.4, [])
