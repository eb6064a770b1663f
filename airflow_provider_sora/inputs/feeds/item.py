"""One article of a feed, from an entry of any format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.feeds.dates import moment
from airflow_provider_sora.inputs.feeds.language import language_of, tag_of
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.masking.scrub import scrub_text
from airflow_provider_sora.stores.keys import digest
from airflow_provider_sora.words.left_out import About
from airflow_provider_sora.words.text import address, plain, web_address

#: What a title made of an article's first words may measure.
_FIRST_WORDS = 160
_SENTENCE = re.compile(r".{12,}?(?:[。!?!?]|[.…](?=\s))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One article.

    :param guid: as the feed gives it, else the link, else a digest of the texts.
    :param title: where the feed gives none, the first words of its text.
    :param link: a web address; a relative one is taken from the feed's own.
    :param published: ISO 8601 in UTC; None when the feed gives no date that can be read.
    :param language: ``ja``, ``en``, ``de``, ``zh-cn`` …; ``und`` where nothing tells.
    :param feed: the feed in which it stands, without what may change in its address.
    :param guid_is_shared: other articles of its feed have the same guid, so it names none of them.
    :param link_is_shared: other articles of its feed have the same link.
    """

    guid: str
    title: str
    summary: str = ""
    link: str | None = None
    published: str | None = None
    language: str = "en"
    feed: str = ""
    guid_is_shared: bool = False
    link_is_shared: bool = False

    @property
    def digest(self) -> str:
        """Changes when the text under the guid is corrected."""
        return digest(self.title, self.summary)

    @property
    def about(self) -> About:
        """What pages and notices say of it; its addresses without credentials, as in a receipt."""
        link = scrub_text(self.link) if self.link else self.link
        return About(scrub_text(self.guid), scrub_text(self.title), link, scrub_text(self.language))

    @property
    def is_damaged(self) -> bool:
        """Its title holds characters that were lost on the way, by a wrong encoding or a broken reference."""
        return "\ufffd" in self.title


def item_of(
    entry: Mapping[str, Any],
    *,
    feed_language: str | None = None,
    whole_feed: str = "",
    zone: str = "UTC",
    source: str = "",
    feed: str = "",
) -> FeedItem | None:
    """The article of an entry; None when it has no text at all.

    :param feed_language: what the feed says of all its articles.
    :param whole_feed: the texts of all its articles.
    :param zone: of a date that names none.
    :param source: the feed's address, from which relative links are taken.
    """
    title, summary = plain(entry.get("title"), cap=300), plain(entry.get("summary"), cap=1000).replace("\ufffd", " ")
    if not title.strip("-–—….·"):
        title = _first_words(plain(entry.get("summary"), cap=1000))
    if not title:
        return None
    link = _link(entry.get("link"), source)
    # Also a link that leads nowhere tells articles apart, and stays when the text is corrected.
    named = link or plain(entry.get("link"), cap=500)
    said = entry.get("language") or feed_language
    return FeedItem(
        guid=web_address(entry.get("guid")) or plain(entry.get("guid"), cap=500) or named or digest(title, summary),
        title=title,
        summary=summary,
        link=link or None,
        published=moment(entry.get("published"), language=said or feed_language, zone=zone),
        language=language_of(
            f"{title} {summary}", tag_of(entry.get("language")) or tag_of(feed_language), whole_feed=whole_feed
        ),
        feed=feed,
    )


def item_from_mapping(value: Mapping[str, Any], *, zone: str = "UTC") -> FeedItem:
    """One article given by hand, with the keys of :class:`FeedItem`; ``title`` is required.

    :param zone: IANA name of the zone of a ``published`` that gives none.
    :raises InvalidRequestError: no title.
    """
    found = item_of(value, zone=zone) if plain(value.get("title")) else None
    if found is None:
        raise InvalidRequestError(
            "The article given as `item` has no title.",
            step='give {"title": …} and, if you have them, guid, link, summary, published, language.',
        )
    return found


def _first_words(text: str) -> str:
    """The first sentence of a post, for what has no title of its own; ``""`` for a text without words."""
    sentence = _SENTENCE.match(text)
    words = plain(sentence[0] if sentence else text, cap=_FIRST_WORDS)
    return words if any(character.isalpha() for character in words) else ""


def _link(value: Any, source: str) -> str:
    """A link as it is written; a relative one as an address beside the feed, where that is on the web."""
    found, written = web_address(value), address(value)
    if found or not written or not web_address(source):
        return found
    try:
        return web_address(urljoin(shown(source), written))  # without the feed's own password
    except ValueError:
        return ""
