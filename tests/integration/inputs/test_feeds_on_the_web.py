"""Feeds from web servers: their encodings, what has not changed since, and where no feed may lead a worker."""

from __future__ import annotations

import gzip
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError
from airflow_provider_sora.inputs.catalogues import read_catalogue
from airflow_provider_sora.inputs.feeds import preview, read_feed
from airflow_provider_sora.prompts.style import load_style
from airflow_provider_sora.runs.choosing.news import ArticleClips, choose_news
from airflow_provider_sora.web import guard
from tests.unit.runs.conftest import connection, make_run

__all__ = ["connection", "make_run"]

STYLES = Path(__file__).parents[3] / "dags" / "include" / "styles"
RSS = '<rss version="2.0"><channel><title>t</title>{}</channel></rss>'
ITEM = "<item><title>{0}</title><link>https://news.example/{0}</link></item>"


class Site:
    """A web server on this machine; ``pages`` by path are a status, headers and a body."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[dict[str, str]], tuple[int, dict[str, str], bytes]]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.seen.append((self.path, headers))
                status, told, body = site.pages[self.path](headers)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **told}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def put(self, path: str, body: bytes | str, status: int = 200, **headers: str) -> str:
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = lambda _: (status, {name.replace("_", "-"): value for name, value in headers.items()}, data)
        return self.url + path


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    # Everything below /own is named by the deployment; the rest of this machine is nobody's to ask.
    named = f"{os.environ['AIRFLOW__SORA__INPUT_PATHS']}, {made.url}/own"
    monkeypatch.setenv("AIRFLOW__SORA__INPUT_PATHS", named)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_host_of_ones_own_has_to_be_named(site: Site) -> None:
    assert preview(site.put("/own/feed.xml", RSS.format(ITEM.format("Snow"))))["items"][0]["title"] == "Snow"
    with pytest.raises(
        InvalidRequestError, match=r"'127\.0\.0\.1'.*non-public.*Nothing was paid.*\[sora\] input_paths"
    ):
        read_feed(site.put("/other/feed.xml", RSS.format(ITEM.format("Snow"))))
    with pytest.raises(InvalidRequestError, match=r"non-public"):
        read_catalogue(site.put("/other/c.csv", "sku,title,selling_points,photo,market\n"))
    assert [path for path, _ in site.seen] == ["/own/feed.xml"]


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.1", "2130706433", "0x7f.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0.0.0.0",
     "metadata.google.internal", "10.1.2.3", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[::127.0.0.1]"],
)  # fmt: skip
def test_no_feed_leads_into_our_network_by_whatever_name(site: Site, host: str) -> None:
    for scheme in ("http", "https"):
        address = f"{scheme}://{host}:{site.port}/secret"
        with pytest.raises(InvalidRequestError, match=r"non-public|not fetched"):
            read_feed(address)
        with pytest.raises(InvalidRequestError, match=r"non-public|not fetched"):
            read_feed(site.put("/own/moved", b"", 302, Location=address))
    assert {path for path, _ in site.seen} == {"/own/moved"}


def test_a_redirect_between_ones_own_addresses_is_followed(site: Site) -> None:
    site.put("/own/new/feed.xml", RSS.format("<item><title>Snow</title><link>story.html</link></item>"))
    item = read_feed(site.put("/own/feed.xml", b"", 301, Location="new/feed.xml")).items[0]
    assert item.link == f"{site.url}/own/new/story.html"  # beside the feed as it lies


def test_the_address_that_was_judged_is_the_one_that_is_asked(monkeypatch) -> None:
    answers, asked = ["93.184.216.34", "127.0.0.1"], []

    def connect(address: Any, *_: Any, **__: Any) -> Any:
        asked.append(address)
        raise OSError("no connection")

    def ask(host: str, port: int, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(guard.socket, "getaddrinfo", ask)
    monkeypatch.setattr(guard.socket, "create_connection", connect)
    with pytest.raises(ServerFaultError, match=r"no connection\. Nothing was paid\. Next: a retry asks it again"):
        read_feed("http://rebinding.example/feed.xml")
    assert asked == [("93.184.216.34", 80)]


@pytest.mark.parametrize(
    ("content_type", "codec"),
    [("text/xml; charset=windows-1252", "cp1252"), ("text/xml", "cp1252"), ("text/xml; charset=utf-8", "cp1252"),
     ("application/xml; charset=ISO-8859-15", "iso8859-15"), ("text/xml; charset=windows-1250", "cp1250")],
)  # fmt: skip
def test_the_charset_of_the_header_counts_unless_it_is_nonsense(site: Site, content_type: str, codec: str) -> None:
    title = "Dvě ženy a šest můstků" if codec == "cp1250" else "Ação: café reabre à beira-mar"
    site.put("/own/f", RSS.format(f"<item><title>{title}</title></item>").encode(codec), Content_Type=content_type)
    assert read_feed(f"{site.url}/own/f").items[0].title == title


def test_a_packed_feed_is_unpacked_and_a_bomb_is_not(site: Site) -> None:
    packed = gzip.compress(RSS.format(ITEM.format("Snow")).encode())
    assert len(read_feed(site.put("/own/a.gz", packed)).items) == 1
    assert len(read_feed(site.put("/own/b", packed, Content_Encoding="gzip")).items) == 1
    with pytest.raises(InvalidRequestError, match=r"more than|larger than"):
        read_feed(site.put("/own/bomb.gz", gzip.compress(bytes(50_000_000))))


def test_a_page_names_its_feed_beside_its_own_address(site: Site) -> None:
    page = '<!doctype html><html><link rel="alternate" type="application/rss+xml" href="/feed.xml?a=1&amp;b=2">'
    with pytest.raises(
        InvalidRequestError, match=rf"is a web page, and names the feed it has: {site.url}/feed\.xml\?a=1&b=2\."
    ):
        read_feed(site.put("/own/news/", page))


def choose(make_run: Any, run_id: str, feed: Any, **params: Any) -> dict[str, Any]:
    settings = {"sora_conn_id": "sora_default", "seconds": 4, "size": "1280x720", "feed": feed, **params}
    style = load_style("newsroom", STYLES / "desks")
    clips = lambda item: ArticleClips(f"insert {item.title}", "colder")  # noqa: E731
    return choose_news(make_run(run_id, "2026-11-23T12:00:00+09:00", **settings), style, clips, can_remix=True)


def test_what_has_not_changed_is_nothing_new_and_what_waits_is_not_forgotten(site: Site, make_run) -> None:
    body, tag = [RSS.format("".join(map(ITEM.format, ("a", "b", "c"))))], ['"v1"']

    def page(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        told = {"ETag": tag[0], "Last-Modified": "Mon, 23 Nov 2026 00:00:00 GMT"}
        if headers.get("if-none-match") == tag[0]:
            return 304, {**told, "Content-Length": "0"}, b""
        return 200, told, body[0].encode()

    site.pages["/own/feed.xml"] = page
    feed = f"{site.url}/own/feed.xml"
    # While articles wait, the feed is asked for whole; then it is not.
    made = [len(choose(make_run, f"r{n}", feed, max_items=2)["items"]) for n in range(3)]
    assert made == [2, 1, 0] and [bool(headers.get("if-none-match")) for _, headers in site.seen] == [
        False,
        False,
        True,
    ]
    kept = choose(make_run, "r3", feed, max_items=2)
    assert kept["items"] == [] and [entry["code"] for entry in kept["skipped"]] == ["not_modified"]
    assert site.seen[-1][1]["if-modified-since"] == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert kept["skipped"][0]["status"] == "unchanged" and "nothing new" in kept["skipped"][0]["reason"]
    # Other settings, or a rehearsal, see all of it.
    assert len(choose(make_run, "dry", feed, max_items=2, dry_run=True)["skipped"]) == 3
    assert len(choose(make_run, "other", feed, max_items=9)["skipped"]) == 3
    body[0], tag[0] = RSS.format("".join(map(ITEM.format, ("a", "b", "c", "d")))), '"v2"'
    assert [item["about"]["title"] for item in choose(make_run, "r4", feed, max_items=2)["items"]] == ["d"]


def test_a_feed_that_was_cut_off_is_asked_for_again(site: Site, make_run) -> None:
    whole = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"id": n, "title": n} for n in "abc"]})
    feed = site.put("/own/feed.json", whole[:-20], ETag='"v1"')
    kept = choose(make_run, "r1", feed)
    assert len(kept["items"]) == 2 and [entry["code"] for entry in kept["skipped"]] == ["cut_article"]
    site.put("/own/feed.json", whole, ETag='"v1"')
    assert [item["about"]["title"] for item in choose(make_run, "r2", feed)["items"]] == ["c"]
    assert "if-none-match" not in site.seen[-1][1]
