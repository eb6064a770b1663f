"""Nothing is selected twice, whatever crashed in between; and what a run chose is what it makes."""

from __future__ import annotations

from collections import Counter

import pytest

from airflow_provider_sora.exceptions import ArchiveError, BudgetExceededError
from airflow_provider_sora.planning.budget import committed_today, remaining, within
from airflow_provider_sora.planning.fingerprint import Markers, product_fingerprint
from airflow_provider_sora.planning.memory import Memory


def item(identity: str, usd: float | None = 0.4) -> dict:
    return {"identity": identity, "digest": "d", "estimated_usd": usd, "clip": {}, "about": {}}


def select(run, *identities: str) -> list[str]:
    memory = Memory(run.store, run.paths)
    chosen = [i for i in identities if memory.earlier(i) is None and memory.claim(i)]
    return [entry["identity"] for entry in run.keep([item(i) for i in chosen], [])["items"]]


def test_an_item_is_selected_once(make_run) -> None:
    assert select(make_run("r1"), "a", "b") == ["a", "b"]
    assert select(make_run("r2"), "a", "b", "c") == ["c"]
    assert Memory(make_run("r3").store, make_run("r3").paths).earlier("b")["digest"] == "d"


def test_a_retry_reads_back_what_the_run_chose(make_run) -> None:
    assert select(make_run("r1"), "a") == ["a"]
    assert select(make_run("r1"), "x", "y") == ["a"]
    assert make_run("r1").kept()["items"][0]["identity"] == "a"


def test_a_crash_between_claim_and_inputs(make_run) -> None:
    dead = make_run("dead")
    assert Memory(dead.store, dead.paths).claim("a")

    # Its own retry goes on with its own claim.
    assert Memory(dead.store, dead.paths).claim("a")

    # A later run closes it and takes the item; the dead one can then never select anything.
    assert select(make_run("r2"), "a") == ["a"]
    assert select(make_run("dead"), "a", "b") == []
    assert make_run("dead").kept()["closed_by"].endswith("/inputs.json")
    assert select(make_run("r3"), "a", "b") == ["b"]


def test_an_item_that_a_retry_no_longer_chose_is_free(make_run) -> None:
    first = make_run("r1")
    Memory(first.store, first.paths).claim("gone")
    assert select(make_run("r1"), "other") == ["other"]
    assert select(make_run("r2"), "gone", "other") == ["gone"]


def test_a_backfill_makes_nothing_unless_it_chose_before(make_run) -> None:
    kept = make_run("old", run_type="backfill").kept()
    assert kept["items"] == [] and "backfill" in kept["note"]
    select(make_run("chosen"), "a")
    assert len(make_run("chosen", run_type="backfill").kept()["items"]) == 1
    assert make_run("fresh").kept() is None


def test_a_dry_run_selects_nothing(make_run) -> None:
    dry = make_run("r1", dry_run=True)
    dry.keep([item("a")], [])
    assert dry.kept()["items"] and make_run("r1").kept() is None
    assert committed_today(dry.store, make_run("r9").paths) == 0


def test_a_document_that_is_no_json_stops_the_run(make_run) -> None:
    run = make_run()
    run.store.store.put_bytes(run.inputs_name, b"{half", content_type="application/json", metadata={})
    with pytest.raises(ArchiveError, match="not JSON"):
        run.kept()


def test_markers(make_run) -> None:
    run, later = make_run("r1"), make_run("r2")
    first, second = Markers(run.store, run.paths), Markers(later.store, later.paths)
    assert first.archived() == set() and first.attempts() == Counter()
    for markers in (first, first, second):
        markers.note_attempt("f1")
    first.note_archived("f1", {"video_id": "v", "uri": "gs://b/v", "requested": {"prompt": "p"}})
    second.note_archived("f1", {"video_id": "other"})
    assert second.archived() == {"f1"} and second.attempts() == Counter(f1=2)
    assert run.store.get(f"{run.paths.state}/clips/f1.json")["video_id"] == "v"


def test_the_fingerprint_changes_with_all_that_shapes_the_clip() -> None:
    facts = {"title": "Mug", "size": "1280x720", "seconds": 4, "model": None}
    base = product_fingerprint(photo="p", **facts)
    assert base == product_fingerprint(photo="p", **dict(reversed(facts.items())))
    others = [product_fingerprint(photo="q", **facts)]
    others += [product_fingerprint(photo="p", **{**facts, name: "new"}) for name in facts]
    assert len({base, *others}) == 6


def test_the_days_budget_counts_what_other_runs_set_out_to_spend(make_run) -> None:
    select(make_run("r1"), "a", "b")
    select(make_run("r2", moment="2026-11-22T23:59:00+09:00"), "c")
    select(make_run("yesterday", moment="2026-11-21T23:59:00+09:00"), "d")
    run = make_run("r3")
    spent = committed_today(run.store, run.paths)
    assert spent == pytest.approx(1.2)
    left = remaining({"max_cost_usd": 2, "daily_budget_usd": 1.5}, spent_today=spent)
    assert left == {"max_cost_usd": 2, "daily_budget_usd": pytest.approx(0.3)}
    assert remaining({"daily_budget_usd": 1}, spent_today=spent)["daily_budget_usd"] == 0


def test_limits_take_items_in_order_and_let_none_overtake() -> None:
    items = [item("a", 1), item("b", 2), item("c", 0.5), item("d", 0.1)]
    kept, others = within(items, {"max_cost_usd": 2.5})
    assert [one["identity"] for one in kept] == ["a"]
    assert ["max_cost_usd" in why for _, why in others] == [True] * 3


def test_the_next_item_takes_the_place_of_one_that_is_refused() -> None:
    asked = []

    def admit(one):
        asked.append(one["identity"])
        return "no picture" if one["identity"] == "a" else None

    kept, others = within([item("a"), item("b"), item("c")], {"limit": None}, max_items=1, admit=admit)
    assert [one["identity"] for one in kept] == ["b"] and asked == ["a", "b"]
    assert [why for _, why in others] == ["no picture", "left for a later run: max_items=1 is reached"]


def test_an_unknown_cost_and_a_limit_do_not_go_together() -> None:
    assert len(within([item("a", None)], {"max_cost_usd": None})[0]) == 1
    with pytest.raises(BudgetExceededError, match="cost of a clip is unknown"):
        within([item("a", None)], {"max_cost_usd": 5})
