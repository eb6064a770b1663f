from __future__ import annotations

import json
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.pages.index import building as index
from airflow_provider_sora.pages.index import material as index_receipts
from airflow_provider_sora.pages.index.building import build_index, write_index
from airflow_provider_sora.pages.index.material import Nearby, thumbnails
from airflow_provider_sora.pages.index.page import render_page
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.open import open_store
from tests.support.browser import needs_browser, opened, unlocked
from tests.support.content import MemorySource
from tests.support.media import sample_mp4

FAILED = [{"title": "Council <script>vote</script>", "reason": "PolicyRefusalError: blocked"}]
SKIPPED = [{"title": "Old item"}]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    chain: list[tuple[str, str | None]] = [
        ("video_c", "video_b"),
        ("video_a", None),
        ("video_b", "video_a"),
        ("x", None),
    ]
    for number, (video_id, parent) in enumerate(chain):
        record = VideoRecord(
            video_id,
            parent_id=parent,
            base_url="http://h/v1",
            status="completed",
            requested={
                "prompt": f"夜明けの<b>港</b> {video_id}",
                "model": "sora-2",
                "call": "remix" if parent else "create",
            },
            labels={"guid": f"g-{number}"},
            cost_estimate_usd=0.4 if video_id != "x" else None,
            completed_at=f"2026-11-22T01:0{number}:00+00:00",
        )
        archive_video(MemorySource(sample_mp4()), record, destination=f"file://{folder}")
    return folder


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_prefix_becomes_a_page_that_opens_from_disk(archive: Path) -> None:
    result = write_index(f"file://{archive}", title="Run 1", failed=FAILED, skipped=SKIPPED, run={"dag_id": "d"})
    assert json.loads((archive / "index.json").read_text()) == result.index
    text = (archive / "index.html").read_text()
    page = Page(text)
    assert [video["src"] for video in page.all("video")] == [
        f"{i}/video.mp4" for i in ("video_a", "video_b", "video_c", "x")
    ]
    cards = {card["id"] for card in page.all("article")}
    for link in [video["src"] for video in page.all("video")] + [a["href"] for a in page.all("a")]:
        assert (archive / str(link)).is_file() or str(link).removeprefix("#") in cards
    assert all(str(video["poster"]).startswith("data:image/webp;base64,") for video in page.all("video"))
    assert text.count("AI generated – unreviewed") == 5
    assert "夜明けの&lt;b&gt;港&lt;/b&gt; video_a" in text
    assert "<script>vote" not in text
    assert "PolicyRefusalError: blocked" in text
    assert not re.search(r"(src|href)=\"https?:", text)
    assert result.index["totals"]["cost_estimate_usd"] == pytest.approx(1.2)
    assert result.index["totals"]["without_price"] == 1


def test_a_remix_stands_beside_its_parent(archive: Path) -> None:
    index = write_index(f"file://{archive}").index
    assert [entry["video_id"] for entry in index["videos"]] == ["video_a", "video_b", "video_c", "x"]
    text = (archive / "index.html").read_text()
    families = text.split('<section class="family">')[1:]
    assert [family.count("<article") for family in families] == [3, 1]
    assert [a["href"] for a in Page(text).all("a") if str(a["href"]).startswith("#")] == ["#video_a", "#video_b"]


def test_a_run_names_its_own_videos_and_may_be_written_again(archive: Path) -> None:
    chosen = [{"receipt_uri": f"file://{archive}/x/receipt.json"}, None, f"file://{archive}/video_a/receipt.json"]
    write_index(f"file://{archive}/runs/1", videos=chosen)
    index = write_index(f"file://{archive}/runs/1", videos=chosen, lang="ja").index
    assert [entry["links"]["video"] for entry in index["videos"]] == ["../../x/video.mp4", "../../video_a/video.mp4"]
    text = (archive / "runs/1/index.html").read_text()
    assert "AI生成・未確認" in text
    assert 'lang="ja"' in text
    # Above the page's own folder, or under a name that a link has to escape: the picture is in the page.
    assert all(str(video["poster"]).startswith("data:image/webp;base64,") for video in Page(text).all("video"))


def test_a_picture_is_taken_from_beside_its_video_and_from_nowhere_else(archive: Path, tmp_path: Path) -> None:
    shutil.copytree(archive / "x", tmp_path / "初雪 1" / "x")
    receipt = json.loads((tmp_path / "初雪 1/x/receipt.json").read_text())
    for entry in receipt["objects"].values():
        entry["uri"] = entry["uri"].replace(str(archive), f"{tmp_path}/初雪 1")
    nearby = Nearby(open_store(f"file://{tmp_path}/pages"), None)

    def pictures(uri: str) -> set[str]:
        receipt["objects"]["video"]["uri"] = uri
        return set(thumbnails(build_index([receipt], base=f"file://{tmp_path}/pages")["videos"], nearby))

    assert pictures(f"file://{tmp_path}/初雪 1/x/video.mp4") == {"x"}
    assert pictures(f"file://{archive}/video_a/video.mp4") == set()  # another video's folder
    assert pictures("gs://bucket/x/video.mp4") == set()  # another bucket: nobody is asked
    (tmp_path / "初雪 1/x/thumbnail.webp").unlink()
    assert pictures(f"file://{tmp_path}/初雪 1/x/video.mp4") == set()


def test_labels_that_belong_together_make_one_family(archive: Path) -> None:
    receipts = [json.loads((archive / name / "receipt.json").read_text()) for name in ("x", "video_a", "video_b")]
    for receipt, sku in zip(receipts, ("S1", "S2", "S2"), strict=True):
        receipt["labels"] = {"sku": sku}
    receipts.append({**receipts[0], "video_id": "y", "labels": {"sku": "S1", "variant": "1"}})
    receipts.append({**receipts[0], "video_id": "z", "labels": {}})
    index = build_index(receipts, base=f"file://{archive}", together=("guid", "sku"))
    assert [(entry["video_id"], entry["family"]) for entry in index["videos"]] == [
        ("x", "x"), ("y", "x"), ("video_a", "video_a"), ("video_b", "video_a"), ("z", "z"),
    ]  # fmt: skip
    families = render_page(index, {}).split('<section class="family">')[1:]
    assert [family.count("<article") for family in families] == [2, 2, 1] and "Variant" in families[0]


def test_a_note_and_what_was_submitted_stand_at_the_top(archive: Path) -> None:
    note = {"reason": "nothing <b>was</b> made"}
    page = render_page(build_index([], base=f"file://{archive}", note=note, submitted=(5, None)), {})
    assert page.index("nothing &lt;b&gt;was&lt;/b&gt; made") < page.index("Nothing was archived")
    assert "jobs submitted <b>5</b>, cost unknown (no price for it in the connection, or no length)" in page
    assert "jobs submitted" not in render_page(build_index([], base=f"file://{archive}"), {})


def test_nothing_archived_is_a_page_too(tmp_path: Path) -> None:
    write_index(f"file://{tmp_path}/empty", failed=FAILED)
    assert "Nothing was archived" in (tmp_path / "empty/index.html").read_text()


def test_a_card_shows_what_people_look_for_and_links_only_to_the_web(archive: Path) -> None:
    receipt = json.loads((archive / "video_a" / "receipt.json").read_text())
    receipt["labels"] = {
        "title": "初雪 <b>", "guid": "tag:42", "fingerprint": "f00d", "review": "pending", "market": "jp",
        "article_url": 'https://news.example/a?b=1&c="><script>', "bad_url": "javascript:alert(1)",
    }  # fmt: skip
    failed = [{"title": "A & B", "link": "https://news.example/b", "reason": "x"}]
    skipped = [{"title": "C", "link": "javascript:alert(2)"}, {"title": "D", "link": "https://user:pw@news.example/"}]
    text = render_page(build_index([receipt], base=f"file://{archive}", failed=failed, skipped=skipped, lang="ja"), {})
    links = [tag for tag in Page(text).all("a") if tag.get("class") == "out"]
    assert [link["href"] for link in links] == [receipt["labels"]["article_url"], "https://news.example/b"]
    assert all(link["rel"] == "noopener noreferrer" for link in links)
    assert "<script>alert" not in text and ">A &amp; B</a>" in text and "出典" in text
    assert "初雪 &lt;b&gt;" in text and "<i>市場</i> jp" in text and "<i>bad_url</i> javascript:alert(1)" in text
    assert not any(word in text for word in ("f00d", "pending", "tag:42"))


def test_what_only_waits_is_counted_and_folded_away(archive: Path) -> None:
    skipped = [{"title": f"P{n}", "status": "unchanged", "reason": "unchanged"} for n in range(30)]
    skipped += [{"title": "Q", "status": "later", "reason": "left for a later run"}, {"title": "R", "reason": "bad"}]
    text = render_page(build_index([], base=f"file://{archive}", skipped=skipped), {})
    shown = text.split("<details>")[0]
    assert "<td>R</td>" in shown and "<td>Q</td>" not in shown and "<td>P0</td>" not in shown
    assert "Not made <b>32</b>" in shown and "Unchanged <b>30</b>" in text and "Left for a later run <b>1</b>" in text


def test_parents_in_a_circle_are_shown_all_the_same(archive: Path) -> None:
    receipts: list[dict[str, Any]] = [
        json.loads((archive / name / "receipt.json").read_text()) for name in ("video_a", "video_b")
    ]
    receipts[0]["parent_id"] = "video_b"
    index = build_index(receipts, base=f"file://{archive}")
    assert sorted(entry["video_id"] for entry in index["videos"]) == ["video_a", "video_b"]
    assert render_page(index, {}).count("<article") == 2


def test_a_page_that_is_read_aloud_names_its_players_and_its_languages(archive: Path) -> None:
    receipt = json.loads((archive / "video_a" / "receipt.json").read_text())
    receipt["labels"] = {"title": '初雪 "一"', "language": "ja"}
    other = {**receipt, "video_id": "y", "labels": {"language": 'en" onclick="x'}}
    page = Page(render_page(build_index([receipt, other], base=f"file://{archive}"), {}))
    assert [video["aria-label"] for video in page.all("video")] == ['Original: 初雪 "一"', "Original: y"]
    spoken = [(p["class"], p.get("lang")) for p in page.all("p") if p.get("class") in ("title", "prompt")]
    assert spoken == [("title", "ja"), ("prompt", "ja"), ("prompt", None)]
    assert not any("onclick" in attributes for _, attributes in page.tags)


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize("width", [320, 390])
def test_it_fits_on_a_phone(archive: Path, tmp_path: Path, width: int) -> None:
    """In a frame, for a browser's own window is never narrower than 500 pixels."""
    write_index(f"file://{archive}", title="ecommerce_product_video · 2026-11-25 18:23")
    measured = unlocked((archive / "index.html").read_text()).replace(
        "</body>",
        "<script>addEventListener('load',()=>parent.postMessage([document.documentElement.scrollWidth,"
        "...[...document.querySelectorAll('.family')].map(f=>f.scrollWidth-f.clientWidth)].join(' '),'*'))</script>"
        "</body>",
    )  # fmt: skip
    (archive / "phone.html").write_text(measured)
    frame = tmp_path / "frame.html"
    frame.write_text(
        "<body><script>addEventListener('message',e=>document.title='fits '+e.data)</script>"
        f"<iframe width={width} height=700 style='border:0' src='{(archive / 'phone.html').as_uri()}'></iframe></body>"
    )
    dom = opened(frame, tmp_path / "browser", until="<title>fits")
    (archive / "phone.html").unlink()
    assert f"<title>fits {width} 0 0</title>" in dom


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize(("lang", "word"), [("en", "Remix"), ("ja", "リミックス")])
def test_a_browser_shows_it(archive: Path, tmp_path: Path, lang: str, word: str) -> None:
    write_index(f"file://{archive}", title="Run 1", lang=lang)
    dom = opened(archive / "index.html", tmp_path, until="<title>plays")
    assert "<title>plays 1.0</title>" in dom
    assert dom.count("<article") == 4 and word in dom


def test_of_two_writers_the_page_of_the_one_that_read_later_stays(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower one read the receipts before the last video came, and writes after the faster one has shown it."""
    folder = tmp_path / "copy"
    shutil.copytree(archive, folder)
    for page in folder.glob("*index.*"):
        page.unlink()
    (folder / "x").rename(tmp_path / "x")
    read, raced = index.thumbnails, []

    def slow(*args: Any) -> dict[str, str]:
        if not raced:
            raced.append(True)
            (tmp_path / "x").rename(folder / "x")
            assert len(write_index(f"file://{folder}").index["videos"]) == 4
        return read(*args)

    monkeypatch.setattr(index, "thumbnails", slow)
    assert len(write_index(f"file://{folder}").index["videos"]) == 4
    assert len(json.loads((folder / "index.json").read_text())["videos"]) == 4
    assert "x/video.mp4" in (folder / "index.html").read_text()


@pytest.mark.slow
def test_many_writers_at_once_all_come_through(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(archive, folder)
    start = threading.Barrier(6)

    def write(title: str) -> str:
        start.wait(10)
        return write_index(f"file://{folder}", title=title).json_uri

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(write, "abcdef")) == {f"file://{folder}/index.json"}


@pytest.mark.parametrize("named", [True, False])
def test_a_receipt_that_cannot_be_read_is_listed_and_hides_no_other(archive: Path, tmp_path: Path, named: bool) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(archive, folder)
    (folder / "x/receipt.json").write_text("{}")
    uris = [f"file://{folder}/{name}/receipt.json" for name in ("x", "video_a")]
    written = write_index(f"file://{folder}", videos=uris if named else None)
    assert [video["video_id"] for video in written.index["videos"]][:1] == ["video_a"]
    assert [(entry["title"], "no receipt" in entry["reason"]) for entry in written.index["failed"]] == [(uris[0], True)]
    assert "no receipt" in (folder / "index.html").read_text()
    # A page that was told so by another page says it once.
    again = write_index(f"file://{folder}", videos=uris if named else None, failed=written.index["failed"])
    assert len(again.index["failed"]) == 1


def test_one_large_thumbnail_takes_no_room_from_the_others(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(archive, folder)
    for receipt in folder.glob("*/receipt.json"):
        receipt.write_text(receipt.read_text().replace(str(archive), str(folder)))
    (folder / "video_a/thumbnail.webp").write_bytes(bytes(index_receipts.EMBED_LIMIT + 1))
    store = open_store(f"file://{folder}")
    entries = write_index(f"file://{folder}").index["videos"]
    assert list(thumbnails(entries, Nearby(store, None))) == ["video_b", "video_c", "x"]


def test_thumbnails_that_have_no_room_are_not_read(tmp_path: Path) -> None:
    read: list[str] = []

    class Counting(Nearby):
        def read(self, uri: str) -> bytes:
            read.append(uri)
            return bytes(index_receipts.EMBED_LIMIT // 10)

    names = [f"video_{number}" for number in range(1000)]
    entries = [
        {"video_id": name, "uri": f"file://{tmp_path}/{name}/video.mp4", "links": {"video": "x", "thumbnail": "x"}}
        for name in names
    ]
    found = thumbnails(entries, Counting(open_store(f"file://{tmp_path}"), None))
    assert list(found) == names[:10]
    assert len(read) == 11


@pytest.mark.parametrize("uri", ["javascript://x/%0aalert(1)/video_a/video.mp4", "gs://bucket/../video_a/video.mp4"])
def test_a_receipt_that_names_no_place_in_a_store_gets_a_card_without_links(
    archive: Path, tmp_path: Path, uri: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(archive, folder)
    receipt = folder / "video_a/receipt.json"
    receipt.write_text(receipt.read_text().replace(f"file://{archive}/video_a/video.mp4", uri))
    written = write_index(f"file://{folder}").index
    entry = next(entry for entry in written["videos"] if entry["video_id"] == "video_a")
    assert (entry["links"]["video"], entry["links"]["receipt"]) == (None, None)
    page = (folder / "index.html").read_text()
    assert uri not in page and 'id="video_a"' in page and 'id="video_b"' in page
