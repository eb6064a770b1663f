"""The guard attacked: a server on this machine that must not be reached, and every way to lead a worker to it.

Each way is shown to work first, where nothing guards: an attack that misses by itself would prove nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError, SoraError
from airflow_provider_sora.inputs.sources.allowed import named
from airflow_provider_sora.web import guard
from airflow_provider_sora.web.fetch import Errand, fetch

SECRET = b"only for this machine"
_ASK = socket.getaddrinfo


class Inside:
    """A server on all loopback addresses of this machine, IPv4 and IPv6; counts who came."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.moved: dict[str, str] = {}
        inside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                inside.seen.append(self.path)
                to = inside.moved.get(self.path)
                self.send_response(302 if to else 200)
                if to:
                    self.send_header("Location", to)
                self.send_header("Content-Length", str(len(SECRET)))
                self.end_headers()
                self.wfile.write(SECRET)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        class Both(ThreadingHTTPServer):
            address_family = socket.AF_INET6
            daemon_threads = True

            def server_bind(self) -> None:
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                super().server_bind()

        self.server = Both(("::", 0), Handler)
        self.port = self.server.server_address[1]


@pytest.fixture(scope="module")
def inside() -> Iterator[Inside]:
    made = Inside()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Iterator[list[str]]]:
    """A name server in the attacker's hand: what a name is, from one question to the next."""
    known: dict[str, Iterator[list[str]]] = {}

    def ask(host: Any, port: Any, *rest: Any, **more: Any) -> list[Any]:
        text = host.decode() if isinstance(host, bytes) else str(host)
        if text not in known:
            return _ASK(host, port, *rest, **more)
        return list(itertools.chain(*(_ASK(one, port, *rest, **more) for one in next(known[text]))))

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return known


def get(url: str, own: Callable[[str], bool] = lambda url: False) -> bytes:
    return fetch(url, Errand(what="the photo", max_bytes=1 << 20, timeout=10, own=own, plain=True)).data


SPELLINGS = {
    "dotted": "127.0.0.1",
    "another of the same machine": "127.9.9.9",
    "short": "127.1",
    "shorter": "127.0.1",
    "decimal": "2130706433",
    "hexadecimal": "0x7f000001",
    "hexadecimal, by parts": "0x7f.0x0.0x0.0x1",
    "octal": "0177.0.0.1",
    "octal whole": "017700000001",
    "mixed": "0x7f.1",
    "octal with more zeros": "0000177.0.0.01",
    "zero": "0",
    "all zeros": "0.0.0.0",
    "a name": "localhost",
    "a name, loud": "LOCALHOST",
    "wide digits": "１２７.0.0.1",
    "ideographic dots": "127。0。0。1",
    "full-width dots": "127．0．0．1",
    "half-width dots": "127｡0｡0｡1",
    "circled letters": "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "circled digits": "①②⑦.⓪.⓪.①",
    "a soft hyphen within": "loc\u00adalhost",
    "a joiner within": "local\u2060host",
    "IPv6": "[::1]",
    "IPv6, written out": "[0:0:0:0:0:0:0:1]",
    "mapped": "[::ffff:127.0.0.1]",
    "mapped, in hexadecimal": "[::ffff:7f00:1]",
    "mapped, written out": "[0:0:0:0:0:ffff:127.0.0.1]",
    "mapped zero": "[::ffff:0.0.0.0]",
    "an empty user": "@127.0.0.1",
    "unspecified": "[::]",
    "behind a user": "8.8.8.8@127.0.0.1",
    "behind a user and a password": "8.8.8.8:80@127.0.0.1",
    "behind two users": "8.8.8.8@8.8.4.4@127.0.0.1",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings_of_this_machine(spelling: str, inside: Inside) -> None:
    url = f"http://{SPELLINGS[spelling]}:{inside.port}/{len(spelling)}"
    assert get(url, own=lambda url: True) == SECRET, "unguarded, it leads here"
    before = len(inside.seen)
    with pytest.raises(InvalidRequestError, match=r"non-public address\. Nothing was paid"):
        get(url)
    assert len(inside.seen) == before, "nobody came"


#: Where this machine cannot be reached by them, but another's network may be.
UNREACHED = {
    "Amazon's, Google's and Microsoft's metadata": "169.254.169.254",
    "the same, decimal": "2852039166",
    "the same, mapped": "[::ffff:a9fe:a9fe]",
    "by name": "metadata.google.internal",
    "by its short name": "metadata",
    "Alibaba's": "100.100.100.200",
    "Azure's host": "168.63.129.16",
    "Amazon's over IPv6": "[fd00:ec2::254]",
    "NAT64": "[64:ff9b::7f00:1]",
    "NAT64 of metadata": "[64:ff9b::169.254.169.254]",
    "NAT64 of a network's own": "[64:ff9b:1::7f00:1]",
    "6to4": "[2002:7f00:1::]",
    "Teredo": "[2001:0:7f00:1::1]",
    "compatible": "[::127.0.0.1]",
    "a site's own": "[fec0::1]",
    "the same of metadata, octal": "0251.0376.0251.0376",
    "the same of metadata, hexadecimal": "0xa9fea9fe",
    "ISATAP": "[2001:4860::5efe:10.0.0.1]",
    "this link, with its zone": "[fe80::1%lo]",
    "this link, with its zone escaped": "[fe80::1%25lo]",
    "loopback with a zone": "[::1%lo]",
    "mapped with a zone": "[::ffff:127.0.0.1%lo]",
    "a neighbour": "192.168.0.1",
    "a carrier's": "100.64.0.1",
    "a name with a dot": "localhost.",
    "a name below it": "db.localhost",
    "everybody": "255.255.255.255",
}


@pytest.mark.parametrize("host", UNREACHED)
def test_other_places_inside(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: opened.append(args))
    with pytest.raises(SoraError, match="Nothing was paid") as caught:
        get(f"http://{UNREACHED[host]}/latest/meta-data")
    assert opened == [] and isinstance(caught.value, InvalidRequestError)


#: Readers of addresses take each of these for another host, or for none.
DOUBTFUL = r"""http://0000::1/ http://localhost:+80aaa http://127.0.0.1:80:80/ http:127.0.0.1/ http:/127.0.0.1/ http:///127.0.0.1/
http:\\127.0.0.1\ //127.0.0.1/ http://127.1.1.1:80\@127.2.2.2:80/ http://127.1.1.1:80\@@127.2.2.2:80/
http://127.1.1.1:80:\@@127.2.2.2:80/ http://127.1.1.1:80#\@127.2.2.2:80/ http://8.8.8.8:80\@127.2.2.2:80/
http://attacker.example\@127.0.0.1/ http://8.8.8.8@127.0.0.1:80@/ http://127.0.0.1%2523@example.invalid/
http://%31%32%37%2e%30%2e%30%2e%31 http://127%2e0%2e0%2e1 http://127.0.0.1%00.example/ http://o177.0.0.1/ http://0o177.0.0.1/
http://१२७.०.०.१/ http://١٢٧.٠.٠.١/ http://127.0.0.1./ http://127.0.0.1.0 http://4294967297/ http://[::1]./ http://[v1.127.0.0.1]/
http://8.8.8.8／@127.0.0.1/ http://8.8.8.8＃@127.0.0.1/ 0://a.example:80;http://127.0.0.1:80/ jar:http://127.0.0.1!/
dict://127.0.0.1:6379/info ldap://localhost:11211/%0astats gopher://127.0.0.1:25/x netdoc:///etc/passwd"""


@pytest.mark.parametrize("url", DOUBTFUL.split())
def test_doubtful_addresses_lead_to_nobody(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: opened.append(args))
    with pytest.raises(SoraError, match="Nothing was paid"):
        get(url)
    assert opened == []


def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.2 stands for the public internet: a stranger's host has to be reached for its answers to be met."""
    plain = guard.is_public
    monkeypatch.setattr(guard, "is_public", lambda text: text == "127.0.0.2" or plain(text))


@pytest.mark.parametrize("hops", [1, 2, 5])
@pytest.mark.parametrize("to", ["127.0.0.1", "2130706433", "[::1]", "[::ffff:7f00:1]", "inner.example", "//127.1"])
def test_a_stranger_redirects_inside(
    to: str, hops: int, inside: Inside, names: dict[str, Iterator[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    outside(monkeypatch)
    names["stranger.example"] = itertools.repeat(["127.0.0.2"])
    names["inner.example"] = itertools.repeat(["127.0.0.1"])
    end = f"{to if to.startswith('//') else f'http://{to}'}:{inside.port}/secret"
    inside.moved = {f"/{hop}": f"/{hop + 1}" for hop in range(1, hops)} | {f"/{hops}": end}
    start = f"http://stranger.example:{inside.port}/1"
    assert get(start, own=lambda url: True) == SECRET, "unguarded, it leads here"
    inside.seen.clear()
    with pytest.raises(InvalidRequestError, match="non-public address"):
        get(start)
    assert "/secret" not in inside.seen and len(inside.seen) == hops


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://127.0.0.1/", "data:,x"])
def test_a_stranger_redirects_to_another_kind_of_address(
    to: str, inside: Inside, names: dict[str, Iterator[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    outside(monkeypatch)
    names["stranger.example"] = itertools.repeat(["127.0.0.2"])
    inside.moved = {"/kind": to}
    with pytest.raises(InvalidRequestError, match="not a web address"):
        get(f"http://stranger.example:{inside.port}/kind")


REBINDING = {
    "after the check": [["127.0.0.2"], ["127.0.0.1"]],
    "one good and one bad": [["127.0.0.2", "127.0.0.1"]],
    "the bad one first": [["127.0.0.1", "127.0.0.2"]],
    "IPv6 beside IPv4": [["127.0.0.2", "::1"]],
    "mapped beside good": [["127.0.0.2", "::ffff:127.0.0.1"]],
}


@pytest.mark.parametrize("trick", REBINDING)
def test_the_name_server_changes_its_mind(
    trick: str, inside: Inside, names: dict[str, Iterator[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen at the socket: what is connected to is what was judged, and is never inside."""
    outside(monkeypatch)
    connected: list[str] = []
    connect = socket.create_connection

    def watched(address: Any, *rest: Any, **more: Any) -> Any:
        connected.append(address[0])
        return connect(address, *rest, **more)

    monkeypatch.setattr(socket, "create_connection", watched)
    answers = REBINDING[trick]
    names["rebind.example"] = itertools.chain(answers, itertools.repeat(answers[-1]))
    with contextlib.suppress(InvalidRequestError):
        get(f"http://rebind.example:{inside.port}/x")
    assert set(connected) <= {"127.0.0.2"}
    if trick == "after the check":
        assert connected == ["127.0.0.2"], "asked once, and connected to what was judged"
        # The same name again: it is asked anew and judged anew.
        with pytest.raises(InvalidRequestError, match=r"at 127\.0\.0\.1, which is a private"):
            get(f"http://rebind.example:{inside.port}/x")
        assert connected == ["127.0.0.2"]


def test_a_redirect_to_its_own_name_is_judged_again(
    inside: Inside, names: dict[str, Iterator[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    outside(monkeypatch)
    names["rebind.example"] = itertools.chain([["127.0.0.2"]], itertools.repeat(["127.0.0.1"]))
    inside.moved = {"/again": "/secret"}
    inside.seen.clear()
    with pytest.raises(InvalidRequestError, match="non-public address"):
        get(f"http://rebind.example:{inside.port}/again")
    assert inside.seen == ["/again"]


OWN = "http://cms.internal:8080/feeds"


@pytest.mark.parametrize(
    ("url", "mine"),
    [
        (OWN, True),
        (f"{OWN}/today.xml?x=1", True),
        ("HTTP://CMS.internal:8080/feeds/a", True),
        (f"{OWN}-other/a", False),
        (f"{OWN}/../admin", False),
        (f"{OWN}/%2e%2e/admin", False),
        (f"{OWN}/%2E./admin", False),
        (f"{OWN}/%252e%252e/admin", False),
        (f"{OWN}/..%2fadmin", False),
        (f"{OWN}/..\\admin", False),
        (f"{OWN}/..%5cadmin", False),
        ("https://cms.internal:8080/feeds", False),
        ("http://cms.internal/feeds", False),
        ("http://cms.internal:8080@127.0.0.1/feeds", False),
        ("http://127.0.0.1#@cms.internal:8080/feeds", False),
        ("http://127.0.0.1?@cms.internal:8080/feeds", False),
        ("http://cms.internal:8080\\@127.0.0.1/feeds", False),
        ("http://cms.internal:8080.evil.example/feeds", False),
        ("http:/\t/127.0.0.1/http://cms.internal:8080/feeds", False),
    ],
)
def test_what_counts_as_a_place_of_ones_own(url: str, mine: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only below the address that the deployment names may a host lie in its own network."""
    monkeypatch.setenv("AIRFLOW__SORA__INPUT_PATHS", OWN)
    assert named(url) is mine
