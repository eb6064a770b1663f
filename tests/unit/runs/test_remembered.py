"""What the runs before left in a bucket, when its readers took mappings: read as values, and written as it was."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.prompts.style import load_style
from airflow_provider_sora.runs.choosing.news import ArticleClips, choose_news
from airflow_provider_sora.runs.remembered.known_stories import KnownStories
from airflow_provider_sora.runs.remembered.made import Markers
from airflow_provider_sora.runs.remembered.revisits import Revisits
from airflow_provider_sora.runs.remembered.seen_photos import SeenPhotos
from airflow_provider_sora.runs.remembered.selection import Memory
from airflow_provider_sora.runs.remembered.tally import Tally
from airflow_provider_sora.runs.remembered.turns import Turns

STYLES = Path(__file__).parents[3] / "dags" / "include" / "styles"
STATE = Path(__file__).parent / "state"
N = "https://news.example"
#: Every object that :func:`leave` left when readers took mappings, by name, with the archive's address shortened.
BEFORE: dict[str, Any] = json.loads((STATE / "remembered_as_mappings.json").read_text("utf-8"))
FERRY = {"title": "Ferry line returns", "link": f"{N}/ferry", "guid": "a-1", "summary": "Daily again."}
SNOW = {"title": "雪の朝", "link": f"{N}/snow?utm_source=rss", "guid": "story-99", "language": "ja"}
BRIDGE = {"title": "Bridge opens", "link": f"{N}/bridge", "guid": "b-2"}
ASK = {"If-None-Match": '"x"', "If-Modified-Since": "Sun, 22 Nov 2026 00:00:00 GMT"}
#: Of a picture that is black all over.
LOOK = f"1.3333 {base64.b64encode(bytes(768)).decode()}"


def choose(make_run: Any, run_id: str, **params: Any) -> Any:
    run = make_run(run_id, sora_conn_id="sora_default", seconds=4, size="1280x720", **params)
    style = load_style("newsroom", STYLES / "desks")
    clips = style.change("colder", "en")
    return choose_news(run, style, lambda item: ArticleClips(f"insert {item.title}", clips), can_remix=True)


def leave(make_run: Any, root: Path) -> dict[str, Any]:
    """All that runs remember, left in the bucket below ``root``; returns it by name."""
    choose(make_run, "r1", item=FERRY)
    choose(make_run, "r2", item=SNOW, second_size="720x1280")
    dead, run = make_run("dead"), make_run("r4")
    assert Memory(dead.store, dead.paths).claim("link\nnews.example/bridge")
    choose(make_run, "r3", item=BRIDGE)
    record = {
        "video_id": "video_1", "uri": "gs://b/x/video.mp4", "receipt_uri": "gs://b/x/receipt.json",
        "cost_estimate_usd": 0.4, "labels": {"fingerprint": "f1", "sku": "M-1"}, "requested": {"prompt": "p"},
    }  # fmt: skip
    Markers(run.store, run.paths).note("f1", record)
    Tally(run.store, run.paths).note([("f3", 2)])
    Turns(run.store, run.paths).keep(["f3", "f4"], {"f3"}, {"f1"})
    SeenPhotos(run.store, run.paths).note("shape", "c" * 64, LOOK)
    Revisits(run, settings="s").keep({f"{N}/a.xml": ASK}, [])
    # The index of the stories of still older runs.
    name = f"{run.paths.state}/stories-before-names.json"
    (root / name).unlink()
    for old, document in json.loads((STATE / "before_names.json").read_text("utf-8")).items():
        run.store.put(old, document)
    KnownStories(Memory(run.store, run.paths), run.paths)._before()
    return {
        str(path.relative_to(root)): json.loads(path.read_text("utf-8").replace(f"file://{root}", "file:///archive"))
        for path in sorted(root.rglob("*.json"))
        if not path.name.startswith(".")
    }


@pytest.fixture
def after(make_run: Any, tmp_path: Path) -> Any:
    """A bucket in which those objects lie."""
    store = make_run().store
    for name, document in BEFORE.items():
        assert store.put(name, json.loads(json.dumps(document).replace("file:///archive", f"file://{tmp_path}/out")))
    return make_run


def named(documents: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: document for name, document in documents.items() if name.startswith(f"state/desk/{kind}")}


def test_what_is_written_is_what_was_written(make_run: Any, tmp_path: Path) -> None:
    now = leave(make_run, tmp_path / "out")
    for kind in ("claims", "selected", "clips", "jobs", "turns", "looks", "stories-before-names"):
        assert named(now, kind) == named(BEFORE, kind) != {}
    # Its name holds the version.
    assert list(named(now, "feeds").values()) == list(named(BEFORE, "feeds").values()) == [{"ask": ASK}]
    closed = [{n: d for n, d in found.items() if isinstance(d, dict) and "closed_by" in d} for found in (now, BEFORE)]
    assert closed[0] == closed[1] != {}


@pytest.mark.parametrize("article", [FERRY, SNOW, BRIDGE], ids=lambda article: article["guid"])
def test_a_story_that_was_selected_is_taken(article: dict[str, str], after: Any) -> None:
    (entry,) = choose(after, "later", item=article).skipped
    assert entry.reason.code == "taken" and "/unreviewed/desk/2026/11/22/" in str(entry.reason.values["folder"])
    corrected = choose(after, "corrected", item={**article, "summary": "Corrected."})
    assert corrected.items == () and corrected.skipped[0].reason.code == "corrected"


def test_a_story_from_before_stories_had_names_is_taken(after: Any) -> None:
    kept = choose(after, "later", item={"title": "Lantern night", "guid": "story-17#4"})
    assert [entry.reason.code for entry in kept.skipped] == ["taken"]


def test_a_new_story_is_made(after: Any) -> None:
    assert [item.about.title for item in choose(after, "later", item={"title": "New", "link": f"{N}/new"}).items] == [
        "New"
    ]


def test_clips_jobs_turns_photos_and_feeds_are_known(after: Any) -> None:
    run = after("later", moment="2026-11-23T09:00:00+09:00")
    made = Markers(run.store, run.paths).clip("f1")
    assert made is not None and made.to_json() == BEFORE["state/desk/clips/f1.json"]
    assert (made.uri, made.run) == ("gs://b/x/video.mp4", after("r4").paths.run)
    assert Tally(run.store, run.paths).jobs("f3") == 2
    turns = Turns(run.store, run.paths)
    assert turns.place("f3") == ("2026-11-22T00:00:00+00:00", 1) and turns.attempts("f4") == 0
    assert turns.place("f4") < turns.place("new")
    assert SeenPhotos(run.store, run.paths).first_of("shape", lambda: LOOK) == "c" * 64
    visits, source = Revisits(run, settings="s"), f"{N}/a.xml"
    run.store.put(visits._name(source), next(iter(named(BEFORE, "feeds").values())))
    assert visits.validators([source]) == {source: ASK}
