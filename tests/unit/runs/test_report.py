"""How a run ends: whom it tells what, and the pages that people open in the morning."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.reporting import outcome, report
from airflow_provider_sora.runs.reporting.report import tell_of_failure
from airflow_provider_sora.words.reasons import because
from tests.unit.runs.fakes import Group


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the notices that were posted; nobody waits for reasons."""
    texts: list[str] = []
    monkeypatch.setattr(report, "post_notice", lambda conn_id, body: texts.append(body["text"]))
    for module in (outcome, report):
        monkeypatch.setattr(module, "PATIENCE", 0)
    return texts


def run_page(run: PlannedRun, name: str = "index.html") -> Any:
    if name.endswith(".json"):
        return run.store.get(f"{run.paths.run}/{name}")
    return run.store.store.read_bytes(f"{run.paths.run}/{name}").decode()


def day(run: PlannedRun) -> Any:
    return run.store.get(f"{run.paths.day}/index.json")


def test_a_failure_tells_counts_what_was_submitted_and_where_to_look(make_run, monkeypatch, told) -> None:
    group = Group(make_run(notify_conn_id="chat"))
    group.make("a")
    failing = group.plan("b")
    group.claim(failing, "create", ordinal=3)
    group.fail(failing, "create")
    summary = group.finish(monkeypatch)
    assert (summary["submitted"], summary["submitted_usd"]) == (5, pytest.approx(2.0))
    (text,) = told
    head, link, counts, reason = text.splitlines()
    assert head == "desk: 1 of 2 items failed" and link == summary["index"]
    assert counts == "1 archived, 1 failed, 0 left out; 5 jobs submitted, $2.00"
    assert reason == "b: VideoFailedError: no"
    totals = run_page(group.run, "index.json")["totals"]
    assert (totals["cost_estimate_usd"], totals["submitted"], totals["submitted_usd"]) == (0.8, 5, 2.0)
    assert "jobs submitted <b>5</b>, <b>$2.00</b>" in run_page(group.run)


def test_a_run_that_stops_before_choosing_leaves_a_page_and_a_notice_that_say_why(make_run, monkeypatch, told) -> None:
    group = Group(make_run(notify_conn_id="chat", page_language="ja"))
    group.ti.kept[("check", -1, "failure")] = {"status": "failed", "reason": "AuthenticationFailedError: bad key"}
    with pytest.raises(AirflowFailException, match="check: AuthenticationFailedError: bad key"):
        group.finish(monkeypatch, keep=False)
    index = run_page(group.run, "index.json")
    assert index["note"]["code"] == "never_chose" and index["videos"] == []
    page = run_page(group.run)
    assert page.index("課金もなし") < page.index("保管した動画はありません") and "bad key" in page
    (text,) = told
    assert "0 archived, 0 failed" in text and "0 jobs submitted, $0.00" in text
    assert "index.html" in text.splitlines()[1] and "bad key" in text


def test_a_run_that_stops_tells_its_reason_even_without_a_page(make_run, monkeypatch, told) -> None:
    from airflow_provider_sora.exceptions import ConfigurationError

    def refuse(*args: Any) -> None:
        raise ConfigurationError("no right to write")

    monkeypatch.setattr(report, "write_pages", refuse)
    with pytest.raises(AirflowFailException):
        Group(make_run(notify_conn_id="chat")).finish(monkeypatch, keep=False)
    assert "no right to write" in told[0] and "See the log of check and select" in told[0]


def test_an_index_task_that_fails_tells_too_but_not_twice(make_run, monkeypatch, told) -> None:
    group = Group(make_run(notify_conn_id="chat"))
    group.make("a")
    group.finish(monkeypatch)
    tell_of_failure(group.context(exception=AirflowFailException("told before")))
    assert told == []
    tell_of_failure(group.context(exception=OSError("disk full")))
    assert told[0].splitlines()[0] == "desk: the index of a run could not be written"
    assert "index.html" in told[0].splitlines()[1]
    assert "1 items chosen, 0 left out; estimated $0.80" in told[0] and "OSError: disk full" in told[0]

    missing = AirflowNotFoundException("The conn_id `gcp` isn't defined")
    monkeypatch.setattr(PlannedRun, "of", classmethod(lambda cls, context: (_ for _ in ()).throw(missing)))
    tell_of_failure(group.context(exception=missing))
    assert told[1].splitlines()[1:] == ["AirflowNotFoundException: The conn_id `gcp` isn't defined"]


def test_a_closed_run_and_a_backfill_say_so_at_the_top_of_their_pages(make_run, monkeypatch) -> None:
    closed = Group(make_run("dead"))
    closed.run.store.put(closed.run.inputs_name, {"items": [], "skipped": [], "closed_by": "x/inputs.json"})
    closed.finish(monkeypatch, keep=False)
    assert '<p class="note">a later run (x/inputs.json) closed this one' in run_page(closed.run)
    for dry_run in (False, True):
        old = Group(make_run(f"old-{dry_run}", run_type="backfill", dry_run=dry_run))
        old.finish(monkeypatch, keep=False)
        head, _, rest = run_page(old.run).partition("a backfill run without an inputs.json makes nothing")
        assert '<p class="note">' in head and rest


def test_the_day_says_of_each_item_what_its_last_run_says(make_run, monkeypatch) -> None:
    morning = Group(make_run("r1", "2026-11-22T09:00:00+09:00"))
    morning.make("made")
    slow = morning.plan("slow")
    morning.fail(slow, "create")
    morning.claim(slow, "create")
    late, odd = {"key": "late", **because("max_items", limit=2)}, {"key": "odd", "reason": "no photo"}
    morning.finish(monkeypatch, [late, odd])
    assert {entry["key"] for entry in day(morning.run)["failed"]} == {"slow"}
    assert [entry["key"] for entry in day(morning.run)["skipped"]] == ["late", "odd"]

    noon = Group(make_run("r2", "2026-11-22T12:00:00+09:00"))
    noon.make("late")
    half = noon.plan("slow")
    noon.archive(half)
    noon.fail(half, "remix", reason="VideoFailedError: the remix")
    unchanged = {"key": "made", **because("archived")}
    noon.finish(monkeypatch, [unchanged, {"key": "made", "reason": "stands in row 2 already"}, odd])
    found = day(noon.run)
    assert [(entry["key"], entry["clip"], entry["reason"]) for entry in found["failed"]] == [
        ("slow", "remix", "VideoFailedError: the remix")
    ]
    assert [(entry["key"], entry["reason"]) for entry in found["skipped"]] == [
        ("odd", "no photo"), ("made", "stands in row 2 already"),
    ]  # fmt: skip
    assert (found["totals"]["videos"], found["totals"]["submitted"]) == (5, 6)
    assert found["totals"]["submitted_usd"] == pytest.approx(2.4)

    # A run of the same minute comes after it all the same: its moment counts, not its name.
    evening = Group(make_run("r3", "2026-11-22T12:00:30+09:00"))
    evening.archive(evening.plan("slow", remix=False))
    evening.finish(monkeypatch)
    assert day(evening.run)["failed"] == []


def test_japanese_pages_show_their_pictures_and_speak_japanese(make_run, monkeypatch) -> None:
    group = Group(make_run(page_language="ja"))
    group.make("g1", "北国で初雪、平年より六日早く")
    group.make("g2", "Harbour")
    group.fail(group.plan("g3", "港"), "create")
    skipped = [{"key": "k", "title": "品", **because("too_dear", usd="$2.00", limit="max_cost_usd", usd_limit="$1.00")}]
    group.finish(monkeypatch, skipped)
    for page in (run_page(group.run), group.run.store.store.read_bytes(f"{group.run.paths.day}/index.html").decode()):
        assert page.count('poster="data:image/webp;base64,') == 4
        assert "港 (インサート)" in page and "港 (リミックス)" in page
        assert "未作成: 元の動画が失敗したか" in page and "$2.00 かかり、max_cost_usd=$1.00" in page
        assert "送信したジョブ <b>4</b>" in page
    index = run_page(group.run, "index.json")
    assert index["skipped"][0]["reason"].startswith("costs $2.00")


def test_clips_of_one_item_stand_together_also_where_none_is_made_from_the_other(make_run, monkeypatch) -> None:
    group = Group(make_run())
    for key in ("a", "b"):
        group.archive(group.plan(key, f"{key} wide", remix=False))
    for key in ("a", "b"):
        group.archive(group.plan(key, f"{key} tall", remix=False, variant="1"))
    group.finish(monkeypatch)
    families = run_page(group.run).split('<section class="family">')[1:]
    assert [family.count("<article") for family in families] == [2, 2]
    assert ["a wide" in families[0], "a tall" in families[0], "Variant" in families[0]] == [True] * 3


def test_a_product_that_another_run_made_stands_among_what_was_left_out(make_run, monkeypatch) -> None:
    group = Group(make_run())
    made = because("made_elsewhere", uri="gs://b/v.mp4")
    group.fail(group.plan("a"), "create", **made)
    summary = group.finish(monkeypatch)
    assert (summary["failed"], summary["skipped"], summary["submitted"]) == (0, 1, 0)
    index = run_page(group.run, "index.json")
    assert index["failed"] == [] and index["skipped"][0]["status"] == "unchanged"


def test_a_dry_runs_page_folds_away_what_needs_nobodys_attention(make_run, monkeypatch) -> None:
    group = Group(make_run(dry_run=True, page_language="ja"))
    index = group.plan("a", "港", article_url="https://news.example/a?id=1&token=s3cret")
    group.items[index] |= {"warnings": ["several camera moves (pan, tilt): one per clip"], "picture": "a.jpg"}
    group.items[index]["about"] |= {"language": "ja"}
    skipped = [{"key": f"u{n}", **because("archived")} for n in range(30)]
    skipped += [{"key": "w", **because("max_items", limit=1)}, {"key": "bad", "reason": "no photo"}]
    group.finish(monkeypatch, skipped)
    page = run_page(group.run)
    shown = page.split("<details>")[0]
    assert "<td>bad</td>" in shown and "<td>u0</td>" not in shown and "<td>w</td>" not in shown
    assert "変更なし <b>30</b>" in page and "次回以降に回したもの <b>1</b>" in page
    assert "カメラの動きが複数 (pan, tilt)" in page and "インサート" in page
    assert "予行: 何も送信していません。</b> 予定 2 本、見積もり $" in page
    assert '<img src="a.jpg" alt="港">' in page and '<h2 lang="ja">港</h2>' in page and '<pre lang="ja">' in page
    assert f"<h1>{group.run.dag_id} · {group.run.paths.moment:%Y-%m-%d %H:%M}</h1>" in page
    plan = run_page(group.run, "index.json")
    assert plan["submitted"] == 0
    assert plan["items"][0]["labels"]["article_url"] == "https://news.example/a?id=1"
