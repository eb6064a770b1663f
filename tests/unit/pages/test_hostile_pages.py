"""Whatever feeds, shops, servers and receipts say, a page shows it as text."""

from __future__ import annotations

import html
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from airflow_provider_sora.pages.index.page import render_page
from airflow_provider_sora.pages.plan_page import render_plan
from airflow_provider_sora.pages.rendering import environment
from airflow_provider_sora.pages.safe_links import file_address, is_web_address, picture_address
from tests.support.browser import needs_browser, opened
from tests.unit.pages.hostile_values import HOSTILE, plan, run_index

OURS = {"index": environment().get_template("index.js").render(), "plan": ""}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "div", "span", "b", "input", "main", "p",
    "section", "article", "video", "h2", "h3", "a", "em", "ul", "li", "i", "code", "table", "tr", "td", "details",
    "summary", "footer", "script", "img", "pre",
}  # fmt: skip


class Tags(HTMLParser):
    """Every element, and the text of every script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._in_script = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def page_of(kind: str, evil: str, lang: str = "en") -> str:
    if kind == "index":
        return render_page(run_index(evil, lang), {})
    return render_plan(plan(evil), title=evil, run_id=evil, lang=lang)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("kind", ["index", "plan"])
@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_that_runs_comes_out_of_a_hostile_text(kind: str, evil: str, lang: str) -> None:
    text = page_of(kind, evil, lang)
    page = Tags(text)
    assert {tag for tag, _ in page.found} <= TAGS
    assert "".join(page.scripts) == OURS[kind]
    for tag, attributes in page.found:
        assert not [name for name in attributes if name.startswith("on") or name in ("autofocus", "srcdoc")], tag
        for name in {"src", "href", "poster"} & set(attributes):
            address = str(attributes[name])
            assert re.match(r"(https?://|#|pictures/|$)", address) or file_address(address), (tag, address)
            assert not re.match(r"\s*(javascript|data|vbscript):", address.replace("\t", ""), re.IGNORECASE)
    assert html.escape(evil, quote=False).partition("\t")[0] in text.replace("&#34;", '"').replace("&#39;", "'")
    assert "Undefined" not in text and ">None<" not in text


@pytest.mark.parametrize("kind", ["index", "plan"])
def test_a_page_allows_no_script_but_its_own_and_tells_nobody_where_it_lies(kind: str) -> None:
    page = Tags(page_of(kind, "x"))
    metas = [meta for tag, meta in page.found if tag == "meta"]
    told = {meta.get("http-equiv") or meta.get("name"): meta.get("content") for meta in metas}
    policy = str(told["Content-Security-Policy"])
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none';")
    script = re.search(r"script-src ([^;]*)", policy)
    assert bool(script) == (kind == "index")
    assert script is None or re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", script[1])
    assert told["referrer"] == "same-origin" and told["robots"] == "noindex"


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize("kind", ["index", "plan"])
def test_a_browser_runs_none_of_it_even_where_a_policy_would_let_it(kind: str, tmp_path: Path) -> None:
    probe = "<script>addEventListener('load',()=>setTimeout(()=>{document.title='ran '+window.ran},99))</script>"
    for number, evil in enumerate(HOSTILE):
        page = tmp_path / f"{number}.html"
        page.write_text(page_of(kind, evil).replace("</footer>", "</footer>" + probe))
        assert "<title>ran undefined</title>" in opened(page, tmp_path / f"browser{number}", until="<title>ran")


@pytest.mark.slow
@needs_browser
def test_a_browser_runs_the_page_s_own_script_and_no_other(tmp_path: Path) -> None:
    """By the page's own policy: the filter works, and a script that somebody put into the file does not run."""
    api = pytest.importorskip("playwright.sync_api", reason="the oldest Airflow's tests bring no Playwright")

    page = tmp_path / "index.html"
    index = run_index("calm")
    page.write_text(render_page(index, {}).replace("</body>", "<script>window.ran=1</script></body>"))
    with api.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shown = browser.new_page()
        shown.goto(page.as_uri())
        assert shown.locator(".family").is_visible()
        shown.fill("input", "nothing like it")
        assert not shown.locator(".family").is_visible()
        assert shown.evaluate("window.ran") is None
        browser.close()


@pytest.mark.parametrize(
    "address", ["x/video.mp4", "../a%3Ab/v.mp4", "https://h/v", "gs://b/v", "file:///v", "s3://b/v"]
)
def test_a_clip_s_own_file_is_linked(address: str) -> None:
    assert file_address(address) == address == picture_address(address)


@pytest.mark.parametrize(
    "address",
    ["javascript:x", "JavaScript://h/%0ax", "data:text/html,x", " javascript:x", "java\nscript:x", "a:b", None],
)
def test_what_may_run_is_no_address(address: object) -> None:
    assert file_address(address) == picture_address(address) == ""
    assert not is_web_address(address)


def test_a_picture_may_lie_in_the_page_itself_but_no_document() -> None:
    assert picture_address("data:image/webp;base64,AAAA") == "data:image/webp;base64,AAAA"
    assert picture_address("data:image/svg+xml;base64,AAAA") == ""
