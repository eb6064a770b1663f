"""One story is paid for once: over feeds, days and an upgrade; and no story is lost to what many have in common."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.prompts.style import load_style
from airflow_provider_sora.runs.choosing.news import ArticleClips, choose_news
from airflow_provider_sora.runs.remembered.selection import Memory

STYLES = Path(__file__).parents[3] / "dags" / "include" / "styles"
#: What three runs of version 0.9 left in a bucket, before stories went by names: six articles, one in Western bytes
#: which it misread, and one that was corrected and made again.
BEFORE = json.loads((Path(__file__).parent / "state" / "before_names.json").read_text())
N = "https://news.example"


def entry(title: str, link: str = "", guid: str = "", text: str = "") -> str:
    tags = {"title": title, "link": link.replace("&", "&amp;"), "guid": guid, "description": text}
    return "<item>" + "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags.items() if value) + "</item>"


def feed(path: Path, *entries: str) -> str:
    path.write_text(f'<rss version="2.0"><channel><title>t</title>{"".join(entries)}</channel></rss>', encoding="utf-8")
    return str(path)


def choose(make_run: Any, run_id: str, *feeds: str, **params: Any) -> dict[str, Any]:
    settings = {"sora_conn_id": "sora_default", "seconds": 4, "size": "1280x720", "feed": list(feeds), **params}
    run = make_run(run_id, "2026-11-23T12:00:00+09:00", **settings)
    style = load_style("newsroom", STYLES / "desks")
    return choose_news(
        run, style, lambda item: ArticleClips(f"insert {item.title}", style.change("colder", "en")), can_remix=True
    )


def titles(kept: dict[str, Any]) -> list[str]:
    return [item["about"]["title"] for item in kept["items"]]


def codes(kept: dict[str, Any]) -> list[str]:
    return [entry["code"] for entry in kept["skipped"]]


@pytest.mark.parametrize(
    ("monday", "tuesday"),
    [
        (
            entry("Snow", f"{N}/snow?at_medium=RSS", f"{N}/snow#0"),
            entry("Snow", f"{N}/snow?at_medium=x", f"{N}/snow#1"),
        ),
        (entry("Snow", f"{N}/snow", "story-17#0"), entry("Snow", f"{N}/snow", "story-17#1")),
        (entry("Snow", "", "story-17#0"), entry("Snow", "", "story-17#3")),
        (entry("Snow", "http://news.example/snow/"), entry("Snow", f"{N}/snow")),
        (
            entry("Snow", f"{N}/snow?utm_source=a&id=1"),
            entry("Snow", "https://NEWS.example:443/snow?id=1&fbclid=2#top"),
        ),
        (entry("Snow", f"{N}/snow", f"{N}/?p=5"), entry("Snow", f"{N}/2026/snow", f"{N}/?p=5")),
    ],
)
@pytest.mark.parametrize("second", ["feed.xml", "other.xml"])
def test_a_story_is_known_by_what_stays(make_run, tmp_path, monday, tuesday, second) -> None:
    assert titles(choose(make_run, "r1", feed(tmp_path / "feed.xml", monday))) == ["Snow"]
    if "#3" in tuesday and second != "feed.xml":
        return  # a number of its own is one feed's word only
    kept = choose(make_run, "r2", feed(tmp_path / second, tuesday))
    assert titles(kept) == [] and codes(kept) == ["taken"]


def test_a_story_in_two_feeds_of_a_run_is_one_and_the_page_says_why(make_run, tmp_path) -> None:
    one = feed(tmp_path / "a.xml", entry("Ferry", f"{N}/ferry?utm_source=rss", "a-1"))
    two = feed(tmp_path / "b.xml", entry("Ferry", "http://news.example/ferry/?utm_medium=x#top", "b-9"))
    kept = choose(make_run, "r1", one, two)
    assert titles(kept) == ["Ferry"] and codes(kept) == ["same_story"]
    assert "same story as 'Ferry'" in kept["skipped"][0]["reason"] and "a.xml" in kept["skipped"][0]["reason"]


def test_no_story_is_lost_to_a_number_that_two_feeds_count(make_run, tmp_path) -> None:
    one = feed(tmp_path / "a.xml", entry("Ferry", f"{N}/ferry", "101"))
    two = feed(tmp_path / "b.xml", entry("Bridge", f"{N}/bridge", "101"))
    assert sorted(titles(choose(make_run, "r1", one, two))) == ["Bridge", "Ferry"]
    assert titles(choose(make_run, "r2", two, one)) == []


@pytest.mark.parametrize(
    "place",
    [
        lambda n: {"guid": "news", "link": f"{N}/{n}"},
        lambda n: {"guid": "news"},
        lambda n: {"guid": f"g{n}", "link": f"{N}/live"},
        lambda n: {"guid": f"g{n}", "link": f"{N}/"},
        lambda n: {"link": f"{N}/live"},
        lambda n: {"guid": f"{N}/", "link": f"{N}/"},
        lambda n: {},
    ],
)
def test_what_all_articles_share_costs_none_of_them(make_run, tmp_path, place) -> None:
    entries = [entry(f"Story {n}", **place(n)) for n in range(6)]
    path = tmp_path / "feed.xml"
    assert len(choose(make_run, "r1", feed(path, *entries[:5]))["items"]) == 5
    kept = choose(make_run, "r2", feed(path, *entries[1:]))
    assert titles(kept) == ["Story 5"] and codes(kept) == ["taken"] * 4
    assert titles(choose(make_run, "r3", feed(path, *entries))) == []


def test_a_daily_column_under_one_address_is_a_story_each_day(make_run, tmp_path) -> None:
    path = tmp_path / "feed.xml"
    for day in ("Monday", "Tuesday", "Wednesday"):
        assert titles(choose(make_run, day, feed(path, entry(day, f"{N}/column", f"column-{day}")))) == [day]
    assert titles(choose(make_run, "again", str(path))) == []


def test_a_correction_pays_only_when_the_prompt_changes(make_run, tmp_path) -> None:
    path, link = tmp_path / "feed.xml", f"{N}/snow"
    choose(make_run, "r1", feed(path, entry("Snow", link, "g1", "Much of it.")))
    kept = choose(make_run, "r2", feed(path, entry("Snow", link, "g1", "Less of it.")), rerender_corrected=True)
    assert titles(kept) == [] and codes(kept) == ["same_prompt"]
    changed = feed(path, entry("Sleet", link, "g1", "Less of it."))
    assert codes(choose(make_run, "r3", changed)) == ["corrected"]
    assert titles(choose(make_run, "r4", changed, rerender_corrected=True)) == ["Sleet"]
    for text in ("Less of it.", "A third summary."):
        again = feed(path, entry("Sleet", link, "g1", text))
        assert titles(choose(make_run, text, again, rerender_corrected=True)) == []
    back = feed(path, entry("Snow", link, "g1", "Much of it."))
    assert titles(choose(make_run, "r7", back, rerender_corrected=True)) == []


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("rerender", [False, True])
def test_nothing_is_paid_again_on_the_day_of_the_upgrade(make_run, tmp_path, moved, rerender) -> None:
    run = make_run("any")
    for name, document in BEFORE.items():
        if not (moved and name.startswith("unreviewed/")):
            run.store.put(name, document)
    today = [
        entry("Ferry line returns", f"{N}/ferry?utm_source=partner#top"),
        entry("Bridge opens", f"{N}/bridge"),
        entry("Snow in the north", f"{N}/snow", f"{N}/snow#1"),
        entry("Lantern night", "", "story-17#4"),
        entry("Mayor speaks, corrected", f"{N}/mayor", "101", "A summary"),
        entry("Text only"),
        entry("Município anuncia educação; nova ponte será aberta", f"{N}/ponte"),
    ]
    new = entry("Another feed counts 101 too", f"{N}/other", "101")
    kept = choose(make_run, "upgraded", feed(tmp_path / "feed.xml", *today), rerender_corrected=rerender)
    assert titles(kept) == []
    # With the days of the old runs moved away, nobody can tell whether that number was another feed's: it is not paid.
    fresh = choose(make_run, "next", feed(tmp_path / "b.xml", new))
    assert titles(fresh) == ([] if moved else ["Another feed counts 101 too"])


def test_a_run_that_died_before_its_note_is_known_when_its_day_is_moved(make_run, tmp_path, monkeypatch) -> None:
    path = feed(tmp_path / "feed.xml", entry("Snow", f"{N}/snow"))
    with monkeypatch.context() as patched:
        patched.setattr(Memory, "settle", lambda self, kept: None)  # killed in this very moment
        choose(make_run, "killed", path)
    assert titles(choose(make_run, "next", path)) == []
    (tmp_path / "out" / "unreviewed").rename(tmp_path / "reviewed")
    assert titles(choose(make_run, "later", path)) == []


@pytest.mark.parametrize("value", [[1, 2], {"url": "x"}, 5, True, ["a.xml", ""], ["a.xml", None]])
def test_what_names_no_feed_is_one_clear_error(make_run, value) -> None:
    with pytest.raises(InvalidRequestError, match=r"`feed` holds .* names no feed\. Nothing was paid\. Next: give"):
        choose(make_run, "r1", feed=value)
