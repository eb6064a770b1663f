"""Nothing is selected twice, whatever crashed in between; and what a run chose is what it makes."""

from __future__ import annotations

import pytest

from airflow_provider_sora.exceptions import ArchiveError, BudgetExceededError
from airflow_provider_sora.runs.budget import Limit, committed_today, limits_of, within
from airflow_provider_sora.runs.items import PlannedItem
from airflow_provider_sora.runs.remembered.made import Markers, marker_name, product_fingerprint
from airflow_provider_sora.runs.remembered.selection import Memory
from airflow_provider_sora.runs.remembered.turns import Turns
from airflow_provider_sora.words.reasons import Reason


def item(identity: str, usd: float | None = 0.4) -> PlannedItem:
    return PlannedItem.from_json(
        {"key": identity, "identity": identity, "digest": "d", "estimated_usd": usd, "clip": {}}
    )


def select(run, *identities: str) -> list[str]:
    memory = Memory(run.store, run.paths)
    chosen = [i for i in identities if memory.earlier(i) is None and memory.claim(i)]
    return [entry["identity"] for entry in run.keep([item(i) for i in chosen], [])["items"]]


def test_an_item_is_selected_once(make_run) -> None:
    assert select(make_run("r1"), "a", "b") == ["a", "b"]
    assert select(make_run("r2"), "a", "b", "c") == ["c"]
    assert Memory(make_run("r3").store, make_run("r3").paths).earlier("b").digest == "d"


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
    note = make_run("dead").kept()["note"]
    assert note["code"] == "closed" and "/_runs/" in note["values"]["by"]
    assert select(make_run("r3"), "a", "b") == ["b"]


def test_an_item_that_a_retry_no_longer_chose_is_free(make_run) -> None:
    first = make_run("r1")
    Memory(first.store, first.paths).claim("gone")
    assert select(make_run("r1"), "other") == ["other"]
    assert select(make_run("r2"), "gone", "other") == ["gone"]


def test_a_backfill_makes_nothing_unless_it_chose_before(make_run) -> None:
    kept = make_run("old", run_type="backfill").kept()
    assert kept["items"] == [] and "backfill" in kept["note"]["reason"]
    select(make_run("chosen"), "a")
    assert len(make_run("chosen", run_type="backfill").kept()["items"]) == 1
    assert make_run("fresh").kept() is None


def test_a_dry_run_selects_nothing(make_run) -> None:
    dry = make_run("r1", dry_run=True)
    dry.keep([item("a")], [])
    assert dry.kept()["items"] and make_run("r1").kept() is None
    assert committed_today(make_run("r9")) == 0


def test_a_dry_run_closes_no_run_that_died(make_run) -> None:
    dead, dry = make_run("dead"), make_run("dry", dry_run=True)
    assert Memory(dead.store, dead.paths).claim("a")
    assert Memory(dry.store, dry.paths, read_only=True).earlier("a") is None
    assert make_run("dead").kept() is None  # its own retry still chooses
    assert select(make_run("dead"), "a") == ["a"]


def test_a_document_that_is_no_json_stops_the_run(make_run) -> None:
    run = make_run()
    run.store.store.put_bytes(run.inputs_name, b"{half", content_type="application/json", metadata={})
    with pytest.raises(ArchiveError, match="not JSON"):
        run.kept()


def test_markers(make_run) -> None:
    run, later = make_run("r1"), make_run("r2")
    first, second = Markers(run.store, run.paths), Markers(later.store, later.paths)
    assert first.archived() == set() and first.clip("f1") is None
    first.note("f1", {"video_id": "v", "uri": "gs://b/v", "requested": {"prompt": "p"}})
    second.note("f1", {"video_id": "other"})
    assert second.archived() == {"f1"} and second.clip("f1").video_id == "v"


def test_a_variant_that_is_a_clip_of_its_own_has_a_marker_of_its_own() -> None:
    labels = [{"fingerprint": "f"}, {"fingerprint": "f", "variant": "2"}, {"variant": "2"}, {}]
    assert [marker_name(found) for found in labels] == ["f", "f-2", None, None]


def test_who_has_waited_longest_comes_first_and_who_was_selected_goes_to_the_end(make_run) -> None:
    def turn(day: int, due: list[str], take: int, made: set[str] = frozenset()) -> list[str]:
        run = make_run(f"r{day}", moment=f"2026-11-{day:02d}T04:00:00+09:00")
        turns = Turns(run.store, run.paths)
        order = sorted(due, key=turns.place)
        turns.keep(due, set(order[:take]), made)
        return order[:take]

    assert turn(1, ["a", "b", "c"], 1) == ["a"]
    # Newcomers stand on top of the file, and do not pass those who wait; "a" failed, and queues again.
    assert turn(2, ["x", "a", "b", "c"], 2) == ["b", "c"]
    assert turn(3, ["y", "x", "a"], 2, made={"b", "c"}) == ["a", "x"]
    assert turn(4, ["z", "y", "x", "a"], 1) == ["y"]


def test_a_retry_finds_the_queue_that_its_first_try_found(make_run) -> None:
    run = make_run("r1")
    Turns(run.store, run.paths).keep(["a"], {"a"}, set())
    assert Turns(run.store, run.paths).attempts("a") == 0
    later = make_run("r2", moment="2026-11-23T04:00:00+09:00")
    assert Turns(later.store, later.paths).attempts("a") == 1
    much_later = make_run("r3", moment="2027-03-01T04:00:00+09:00")
    Turns(much_later.store, much_later.paths).keep(["b"], set(), set())
    last = make_run("r4", moment="2027-03-02T04:00:00+09:00")
    assert Turns(last.store, last.paths).attempts("a") == 0  # nobody has looked at it for months


def test_a_run_on_a_few_rows_forgets_nobody_who_waits(make_run) -> None:
    def turns(month: int) -> Turns:
        run = make_run(f"r{month}", moment=f"2026-{month:02d}-20T04:00:00+09:00")
        return Turns(run.store, run.paths)

    for month in range(1, 6):
        turns(month).keep(["failing", "waiting"], {"failing"}, set())
    for month in (7, 8, 9):
        turns(month).keep(["failing", "waiting"], set(), set())
    turns(10).keep(["forced"], {"forced"}, set())
    assert turns(11).attempts("failing") == 5  # it is not tried, and billed, five times more
    assert turns(11).place("waiting") == ("2026-01-19T19:00:00+00:00", 0)


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
    run = make_run("r3", max_cost_usd=2, daily_budget_usd=1.5)
    assert committed_today(run) == pytest.approx(1.2)
    assert limits_of(run) == {"max_cost_usd": Limit(2, 2), "daily_budget_usd": Limit(1.5, pytest.approx(0.3))}
    assert limits_of(make_run("r3", daily_budget_usd=1))["daily_budget_usd"] == Limit(1, 0)


def test_the_days_budget_counts_what_retries_submitted_again(make_run) -> None:
    first, second = make_run("r1"), make_run("r2", moment="2026-11-22T10:00:00+09:00")
    select(first, "a")
    select(second, "b", "c")
    first.store.put(f"{first.paths.run}/index.json", {"totals": {"submitted": 3, "submitted_usd": 1.2}})
    second.store.put(f"{second.paths.run}/index.json", {"totals": {"submitted": 1, "submitted_usd": 0.4}})
    # Three submits where one was set out; one where two were, for what is set out may still be submitted by a clear.
    assert committed_today(make_run("r3")) == pytest.approx(1.2 + 0.8)


def test_without_a_daily_budget_no_other_runs_inputs_are_read(make_run, monkeypatch) -> None:
    select(make_run("r1"), "a")
    monkeypatch.setattr("airflow_provider_sora.runs.budget.committed_today", lambda run: pytest.fail("read"))
    assert limits_of(make_run("r2", max_cost_usd=1)) == {"max_cost_usd": Limit(1, 1)}


def test_limits_take_items_in_order_and_let_none_overtake() -> None:
    items = [item("a", 1), item("b", 2), item("c", 0.5), item("d", 0.1)]
    kept, others = within(items, {"max_cost_usd": Limit(2.5, 2.5)})
    assert [one["identity"] for one in kept] == ["a"]
    assert ["max_cost_usd is used up" in why["reason"] for _, why in others] == [True] * 3
    assert {why["status"] for _, why in others} == {"later"}


def test_what_costs_more_than_the_whole_limit_is_not_left_for_later_and_lets_the_others_pass() -> None:
    limits = {"max_cost_usd": Limit(3, 3), "daily_budget_usd": Limit(1.5, 1.0)}
    kept, others = within([item("a", 2), item("b", 1.2), item("c", 0.4)], limits)
    assert kept == []
    assert [(one["identity"], why["status"], why["reason"]) for one, why in others] == [
        ("a", "skipped", "costs $2.00, more than daily_budget_usd=$1.50 allows at all"),
        ("b", "later", "left for a later run: daily_budget_usd is used up (this item: $1.20)"),
        ("c", "later", "left for a later run: daily_budget_usd is used up (this item: $0.40)"),
    ]
    assert [one["identity"] for one in within([item("a", 2), item("c", 0.4)], limits)[0]] == ["c"]


def test_the_next_item_takes_the_place_of_one_that_is_refused() -> None:
    asked = []

    def admit(one):
        asked.append(one.identity)
        return Reason("skipped", "no picture") if one.identity == "a" else None

    kept, others = within([item("a"), item("b"), item("c")], {}, max_items=1, admit=admit)
    assert [one["identity"] for one in kept] == ["b"] and asked == ["a", "b"]
    assert [why["reason"] for _, why in others] == ["no picture", "left for a later run: max_items=1 is reached"]


def test_an_unknown_cost_and_a_limit_do_not_go_together() -> None:
    assert len(within([item("a", None)], {})[0]) == 1
    with pytest.raises(BudgetExceededError, match="cost of a clip is unknown"):
        within([item("a", None)], {"max_cost_usd": Limit(5, 5)})


def test_a_cap_of_a_label_holds_back_the_items_with_that_value_alone() -> None:
    brands = {"a": "x", "b": "x", "c": "y", "d": "x"}

    def caps(one):
        brand = brands[one.identity]
        return {f"the month's cap of brand {brand}": Limit(5, 1.5 if brand == "x" else 4.0)}

    limits = {"max_cost_usd": Limit(3.0, 3.0)}
    kept, others = within([item("a", 1), item("b", 1), item("c", 1), item("d", 0.5)], limits, caps=caps)
    assert [one.identity for one in kept] == ["a", "c"]
    assert [(one["identity"], why["reason"]) for one, why in others] == [
        ("b", "left for a later run: the month's cap of brand x is used up (this item: $1.00)"),
        ("d", "left for a later run: the month's cap of brand x is used up (this item: $0.50)"),
    ]
    with pytest.raises(BudgetExceededError, match="the month's cap of brand x is set"):
        within([item("a", None)], {}, caps=caps)
