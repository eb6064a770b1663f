"""A web page where a feed was expected: which feeds it names, as a browser would find them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.words.text import web_address

_PAGE = re.compile(r"(?:<\?xml[^>]*\?>|<!--.*?-->|\s)*<(?:!doctype\s+html|html[\s>]|head[\s>]|body[\s>])", re.I | re.S)
_KINDS = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/json",
    "application/rdf+xml",
)
_HEAD = 200_000


def is_page(text: str) -> bool:
    """Whether a text begins as a web page does."""
    return _PAGE.match(text[:4000]) is not None


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = self.base or have.get("href", "")
        kind = have.get("type", "").partition(";")[0].strip().lower()
        if tag == "link" and kind in _KINDS and "alternate" in have.get("rel", "").lower().split() and have.get("href"):
            self.found.append(have["href"])


def feeds_named_in(page: str, source: str) -> list[str]:
    """The addresses of a page's feeds, at most five, resolved against its own where that is on the web."""
    links = _Links()
    # Up to the last ">": the parser would look for the end of a tag that has none from every "<" again.
    links.feed(page[:_HEAD].rpartition(">")[0] + ">")
    own = web_address(source)
    found = []
    for href in links.found:
        try:
            found.append(shown_whole(urljoin(urljoin(own, links.base), href.strip()) if own else href.strip()))
        except ValueError:
            continue  # no address
    return list(dict.fromkeys(found))[:5]


def shown_whole(url: str) -> str:
    """An address that a page gives to everybody, with its query, without a user."""
    return url if "@" not in url.partition("://")[2].partition("/")[0] else shown(url)
