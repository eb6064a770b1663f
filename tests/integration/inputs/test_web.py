"""Pictures from a real HTTP server on this machine, well-behaved and not."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError
from airflow_provider_sora.inputs.pictures import load_reference

_BUFFER = io.BytesIO()
Image.new("RGB", (64, 36), (1, 90, 120)).save(_BUFFER, "PNG")
PNG = _BUFFER.getvalue()


class Site:
    """A web server whose pages are functions of the request handler."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[Any], None]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append((self.path, dict(self.headers)))
                site.pages[self.path.split("?")[0]](self)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def bytes(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        def page(handler: Any) -> None:
            handler.send_response(status)
            for name, value in {"Content_Length": str(len(body)), **headers}.items():
                if value:
                    handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.pages[path] = page
        return self.url + path


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def load(url: str, **options: Any) -> Any:
    return load_reference(url, **{"size": "64x36", "allow_private_hosts": True, "timeout": 10.0, **options})


def test_a_picture_is_fetched_by_its_content_whatever_its_type_says(site: Site) -> None:
    made = load(site.bytes("/a.jpg", PNG, Content_Type="text/plain") + "?sig=abc")
    assert made.data == PNG
    assert made.origin == site.url + "/a.jpg"
    assert site.seen[-1][0] == "/a.jpg?sig=abc"
    assert site.seen[-1][1]["Accept-Encoding"] == "identity"
    assert "Authorization" not in site.seen[-1][1]


def test_a_name_with_spaces_and_japanese_is_asked_for(site: Site) -> None:
    site.bytes("/%E5%86%99%E7%9C%9F%20%31.png", PNG)
    assert load(site.url + "/写真 %31.png").data == PNG


def test_without_a_length_it_is_read_to_the_end(site: Site) -> None:
    assert load(site.bytes("/nolength.png", PNG, Content_Length="")).data == PNG


def test_redirects_are_followed(site: Site) -> None:
    site.bytes("/end.png", PNG)
    site.bytes("/second", b"", 302, Location="end.png")
    assert load(site.bytes("/first", b"", 301, Location="/second")).data == PNG


def test_redirects_end(site: Site) -> None:
    with pytest.raises(InvalidRequestError, match="redirects more than 5 times"):
        load(site.bytes("/loop", b"", 302, Location="/loop"))


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gs://bucket/a.png", "ftp://host/a.png"])
def test_a_redirect_cannot_change_the_kind_of_address(site: Site, to: str) -> None:
    with pytest.raises(InvalidRequestError, match="only https://"):
        load(site.bytes("/escape", b"", 302, Location=to))


def test_a_redirect_to_what_is_no_address_is_refused(site: Site) -> None:
    with pytest.raises(InvalidRequestError, match=r"redirects to what is no address.*Nothing was paid"):
        load(site.bytes("/nowhere", b"", 302, Location="http://[x"))


def test_a_redirect_is_checked_like_the_first_address(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_sora.web import fetch, guard

    checked: list[str] = []

    def only_first(text: str) -> bool:
        checked.append(text)
        return len(checked) == 1

    monkeypatch.setattr(guard, "is_public", only_first)
    # Plain HTTP is let through here, so that the check of addresses is all that stands in the way.
    monkeypatch.setattr(fetch, "_checked", lambda url, *_: guard.split(url))
    site.bytes("/secret.png", PNG)
    before = len(site.seen)
    with pytest.raises(InvalidRequestError, match=r"at 127.0.0.1, which is a private"):
        load(site.bytes("/hop", b"", 302, Location=site.url + "/secret.png"), allow_private_hosts=False)
    assert [path for path, _ in site.seen[before:]] == ["/hop"]


def test_private_hosts_are_refused_unless_allowed(site: Site) -> None:
    before = len(site.seen)
    url = site.bytes("/private.png", PNG)
    for address in (url, url.replace("http://", "https://")):
        with pytest.raises(InvalidRequestError, match="Nothing was paid"):
            load(address, allow_private_hosts=False)
    assert len(site.seen) == before


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_of_the_host_is_final(site: Site, status: int) -> None:
    with pytest.raises(InvalidRequestError, match=f"answered {status}.*Nothing was paid") as caught:
        load(site.bytes(f"/{status}", b"no", status))
    assert caught.value.status_code == status


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_fault_of_the_host_can_be_retried(site: Site, status: int) -> None:
    with pytest.raises(ServerFaultError, match=f"answered {status}.*Nothing was paid"):
        load(site.bytes(f"/{status}", b"later", status))


def test_an_announced_giant_is_not_read(site: Site) -> None:
    with pytest.raises(InvalidRequestError, match="weighs 99,999,999 bytes, more than the 1,000 bytes"):
        load(site.bytes("/giant", PNG, Content_Length="99999999"), max_bytes=1000)


def test_an_unannounced_giant_is_cut_off(site: Site) -> None:
    sent = []

    def page(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(2000):
                handler.wfile.write(bytes(65536))
                sent.append(1)
        except OSError:
            return

    site.pages["/endless"] = page
    with pytest.raises(InvalidRequestError, match="weighs more than the 100,000 bytes"):
        load(site.url + "/endless", max_bytes=100_000)
    assert len(sent) < 2000


def test_a_short_body_is_a_fault_not_a_picture(site: Site) -> None:
    with pytest.raises(ServerFaultError, match="Nothing was paid"):
        load(site.bytes("/short", PNG[:-10], Content_Length=str(len(PNG))))


@pytest.mark.parametrize("part", ["head", "body", "body with length"])
def test_a_dripping_host_is_cut_at_the_deadline(site: Site, part: str) -> None:
    stop = threading.Event()

    def page(handler: Any) -> None:
        head = b"HTTP/1.0 200 OK\r\n" + (b"Content-Length: 99999\r\n" if part == "body with length" else b"")
        drips = head + (b"X-Slow: 1\r\n" * 10_000 if part == "head" else b"\r\n" + bytes(99_999))
        try:
            for at in range(len(drips)):
                handler.wfile.write(drips[at : at + 1])
                if at > len(head) and stop.wait(0.02):
                    return
        except OSError:
            return

    site.pages["/drip"] = page
    began = time.monotonic()
    with pytest.raises(ServerFaultError, match=r"no whole answer within 0.5 s. Nothing was paid"):
        load(site.url + "/drip", timeout=0.5)
    stop.set()
    assert time.monotonic() - began < 100  # far below what the drips alone would take


def test_a_web_page_instead_of_a_picture_is_named(site: Site) -> None:
    with pytest.raises(InvalidRequestError, match="is a web page"):
        load(site.bytes("/page", b"<!doctype html><title>Sign in</title>"))


def test_nobody_listening_can_be_retried(site: Site) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ServerFaultError, match="refused"):
        load(f"http://127.0.0.1:{port}/a.png")
