"""Which articles are one story. A story is known by what stays, and no article is lost to what many have in common.

What stays is the link without what servers add to it, and the guid without a number that counts up. Neither is trusted
where several articles of a feed share it. Two articles whose link or guid agrees are one story; with another text it is
the same story corrected.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from airflow_provider_sora.inputs.feeds.item import FeedItem

#: Parameters that say how a reader came, not what is read.
_TRACKING = re.compile(
    r"utm_.*|at_(?:medium|campaign|custom\d|link_.*|bbc_.*|ptr_.*|format)|mtm_.*|pk_.*|hsa_.*|_hs.*|mc_(?:cid|eid)|vero_.*|"
    r"ns_(?:source|mchannel|campaign|linkname|fee)|wt[._].*|f?b?clid|(?:g|d|y|tw|ms|ttc|irc|li_fat_|sc)clid|"
    r"fbclid|gclsrc|gbraid|wbraid|igshid|igsh|mkt_tok|ocid|cmpid?|cmp|cid_source|smid|smtyp|smcid|xtor|spm|taid|ito|ftag|"
    r"guccounter|guce_.*|sr_share|ref_?(?:src|url)?|referr?er|traffic_source|ncid|trk(?:campaign)?|srnd|feedtype|feedname|"
    r"share|s_cid|icid|intcid|rss|partner",
    re.IGNORECASE,
)
#: Parameters that do so only with such a value.
_SOURCE_NAMES = ("source", "src", "from", "via", "origin", "output", "medium", "campaign", "cid")
_SOURCE_VALUES = re.compile(
    r"(?:.*[-_. ])?(?:rss|feed|atom|newsletter|twitter|facebook|social)(?:[-_. \d].*)?", re.IGNORECASE
)
_COUNTER = re.compile(r"#\d+\Z")
_GLOBAL = re.compile(r"(?:urn|tag):|[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{20}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of an article: its guid and link, the digest of its texts, and its feed; ``""`` is unknown."""

    guid: str
    link: str
    text: str
    feed: str

    @classmethod
    def of(cls, item: FeedItem) -> Known:
        return cls(item.guid, item.link or "", item.digest, item.feed)

    def to_json(self) -> dict[str, str]:
        return {"guid": self.guid, "link": self.link, "text": self.text, "feed": self.feed}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Known:
        return cls(*(str(told.get(name) or "") for name in ("guid", "link", "text", "feed")))


@lru_cache(maxsize=4096)
def canonical(link: str | None) -> str:
    """A link without scheme, default port, tracking parameters, fragment and closing slash; ``""`` for none.

    For comparison only: nobody is sent there. A fragment that is a page's address (``#!/story/1``) stays.
    """
    try:
        parts = urlsplit(link or "")
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return ""
    kept = sorted(
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(name, value)
    )
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~-._%").rstrip("/")
    route = f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else ""
    place = parts.hostname.rstrip(".") + (f":{port}" if port and port not in (80, 443) else "")
    return place + path + (f"?{urlencode(kept)}" if kept else "") + route


def _tracks(name: str, value: str) -> bool:
    if _TRACKING.fullmatch(name):
        return True
    return name.lower() in _SOURCE_NAMES and _SOURCE_VALUES.fullmatch(value) is not None


def root_of(guid: str) -> str:
    """A guid without a number that counts up, as ``#0``, ``#1``; an address as :func:`canonical` has it."""
    return canonical(guid) or _COUNTER.sub("", guid)


def feed_name(source: str) -> str:
    """A feed as it stays: its address without scheme and tracking; a file by its path."""
    return canonical(source) or source


def _names_one(link: str) -> bool:
    """Whether a canonical link can name an article at all; a site's home page names none."""
    return any(sign in link for sign in "/?#")


def names(item: FeedItem) -> list[str]:
    """What an article is remembered by, and looked for; the surest first. Never empty."""
    link, guid = canonical(item.link), root_of(item.guid)
    is_address = bool(canonical(item.guid))
    found = []
    if _names_one(link) and not item.link_is_shared:
        found.append(f"link\n{link}")
    if guid and guid != link and not item.guid_is_shared and (_names_one(guid) or not is_address):
        if is_address:
            found.append(f"link\n{guid}")
        else:
            found.append(f"guid\n{guid}" if _GLOBAL.match(guid) else f"guid\n{item.feed}\n{guid}")
    # Its text in one of its places; it tells apart what shares its guid and link with others.
    found += [f"text\n{place}\n{item.digest}" for place in dict.fromkeys((link, guid)) if place]
    return list(dict.fromkeys(found)) or [f"text\n\n{item.digest}"]


def relation(item: FeedItem, other: Known) -> str | None:
    """``same`` for the same story with the same text, ``changed`` with another, None for two stories."""
    links = (canonical(item.link), canonical(other.link))
    guids = (root_of(item.guid), root_of(other.guid))
    link_agrees, link_differs = links[0] == links[1] != "", "" not in links and links[0] != links[1]
    guid_agrees = guids[0] == guids[1] != ""
    sure = guid_agrees and not item.guid_is_shared and (bool(canonical(item.guid)) or bool(_GLOBAL.match(guids[0])))
    # What is given as guid in one feed is the link in another.
    crossed = not item.link_is_shared and not item.guid_is_shared and _crosses(links, guids)
    if item.digest == other.text:
        return "same" if link_agrees or sure or crossed or (guid_agrees and not link_differs) else None
    if sure or crossed:
        return "changed"
    same_feed = not (item.feed and other.feed) or item.feed == other.feed
    # A page that a feed fills with a new article each day has one link, and a guid for each article.
    parted = same_feed and guids[0] != guids[1] and not any(guid in links for guid in guids)
    if link_agrees and _names_one(links[0]) and not item.link_is_shared and not parted:
        return "changed"
    one_place = same_feed if other.feed else not link_differs
    return "changed" if guid_agrees and not item.guid_is_shared and one_place else None


def _crosses(links: tuple[str, str], guids: tuple[str, str]) -> bool:
    return any(one and one == other and _names_one(one) for one, other in ((links[0], guids[1]), (guids[0], links[1])))


def marked(items: Iterable[FeedItem]) -> list[FeedItem]:
    """A feed's articles, with what several of them share noted in each."""
    items = list(items)
    by_link: dict[str, set[str]] = defaultdict(set)
    by_guid: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for item in items:
        link = canonical(item.link)
        by_link[link].add(item.digest)
        by_guid[root_of(item.guid)].add((item.digest, link))
    return [
        replace(
            item,
            link_is_shared=len(by_link[canonical(item.link)]) > 1,
            guid_is_shared=len(by_guid[root_of(item.guid)]) > 1,
        )
        for item in items
    ]


class Stories:
    """Articles of several feeds, each story once: in the first feed that has it."""

    def __init__(self) -> None:
        self.items: list[FeedItem] = []
        self._by_name: dict[str, FeedItem] = {}

    def add(self, item: FeedItem) -> tuple[FeedItem, str] | None:
        """None for a new story; else the article that stands for it, and ``same`` or ``changed``."""
        for first in self._candidates(item):
            told = relation(item, Known.of(first))
            if told and not (first.feed == item.feed and (told == "changed" or not _one_place(item, first))):
                return first, told
        self.items.append(item)
        for name in names(item):
            self._by_name.setdefault(name, item)
        return None

    def _candidates(self, item: FeedItem) -> Iterator[FeedItem]:
        seen = []
        for name in names(item):
            first = self._by_name.get(name)
            if first is not None and first not in seen:
                seen.append(first)
                yield first


def _one_place(item: FeedItem, first: FeedItem) -> bool:
    """Within one feed, articles with the same text and different links are two."""
    return canonical(item.link) == canonical(first.link)
