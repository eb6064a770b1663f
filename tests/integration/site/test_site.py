"""The documentation site as a reader has it who opened its folder: no server, no network. ``make docs`` builds it.

``SORA_SITE`` names the folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.browser import needs_browser
from tests.support.web_ui import chromium

SITE = Path(os.environ.get("SORA_SITE", "")).resolve()
pytestmark = pytest.mark.skipif(not os.environ.get("SORA_SITE"), reason="make docs builds the site first")
#: Tags whose address a browser fetches by itself, and the attribute that holds it.
_FETCHED = {
    "script": "src",
    "img": "src",
    "source": "src",
    "video": "src",
    "iframe": "src",
    "link": "href",
}


class Page(HTMLParser):
    """What a page fetches, where it leads to, and the anchors it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.anchors |= {named.get("id", ""), named.get("name", "")}
        if tag in _FETCHED and _FETCHED[tag] in named:
            self.fetched.append(named[_FETCHED[tag]])
        if tag == "a" and "href" in named:
            self.links.append(named["href"])


@pytest.fixture(scope="module")
def pages() -> dict[Path, Page]:
    return {path: Page(path.read_text("utf-8")) for path in sorted(SITE.rglob("*.html"))}


def test_no_page_fetches_anything_from_outside(pages: dict[Path, Page]) -> None:
    assert len(pages) > 30
    for path, page in pages.items():
        assert [address for address in page.fetched if urlsplit(address).netloc] == [], path
    for path in SITE.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)\"']*", path.read_text("utf-8")) == [], path


def test_every_link_within_the_site_leads_to_its_place(pages: dict[Path, Page]) -> None:
    dead = []
    for path, page in pages.items():
        if path.name == "404.html":  # its links are those of whatever address was asked for
            continue
        for link in [*page.links, *page.fetched]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target = target / "index.html"
            if not target.exists():
                dead.append(f"{path.name}: {link}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                dead.append(f"{path.name}: {link}, no such place")
    assert dead == []


def test_a_page_shows_no_markup_of_its_source(pages: dict[Path, Page]) -> None:
    """Roles of Sphinx and directives of mkdocstrings that nobody replaced."""
    for path in pages:
        text = re.sub(r"<(pre|code|script)\b.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert re.findall(r":(?:func|class|meth|mod|data|attr):|::: \w|<autoref|--8<--", text) == [], path


def test_japanese_pages_say_so_and_have_no_blank_where_a_line_ended() -> None:
    for name in ("index", "quickstart", "dags", "inputs"):
        text = (SITE / "ja" / f"{name}.html").read_text("utf-8")
        assert '<html lang="ja"' in text, name
        body = re.sub(r"<(pre|code|script)\b.*?</\1>", "code", text.partition("<article")[2], flags=re.DOTALL)
        assert re.findall(r"[ぁ-んァ-ヶ一-龠、。]\n *[ぁ-んァ-ヶ一-龠]", body) == [], name
    assert '<html lang="en"' in (SITE / "quickstart.html").read_text("utf-8")


def test_no_link_is_called_by_the_name_of_a_file(pages: dict[Path, Page]) -> None:
    for path in pages:
        text = path.read_text("utf-8").partition("<article")[2]
        assert re.findall(r"<a [^>]*>[\w-]+\.md</a>", text) == [], path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


def found(browser: Any, words: str) -> tuple[list[str], list[str]]:
    """What the site's search finds, read from the folder, and all addresses that the browser asked for meanwhile."""
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto((SITE / "index.html").as_uri())
    page.locator("input.md-search__input").click()
    page.keyboard.type(words)
    page.keyboard.press("End")
    page.locator(".md-search-result__link").first.wait_for(timeout=30_000)
    titles = page.locator(".md-search-result__article h1").all_inner_texts()
    page.close()
    return titles, asked


@needs_browser
@pytest.mark.parametrize(
    ("words", "title"),
    [("ambiguous", "Paid once"), ("BudgetCheckOperator", "Operators"), ("受領記録", "airflow-provider-sora")],
)
def test_the_search_works_offline_in_both_languages(browser: Any, words: str, title: str) -> None:
    titles, asked = found(browser, words)
    assert title in titles
    assert [address for address in asked if not address.startswith(("file:", "data:", "blob:", "about:"))] == []
