"""Feeds of every kind and encoding, and what a hostile one may not do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.feeds import item_from_mapping, parse_feed, read_feed, read_feeds

FEEDS = Path(__file__).parents[4] / "dags" / "include" / "feeds"

RDF = """<?xml version="1.0" encoding="{0}"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://news.example/"><title>速報</title><link>https://news.example/</link></channel>
<item rdf:about="https://news.example/1"><title>①髙島で初雪</title><link>https://news.example/1</link>
<dc:date>2026-11-22T00:30:00+09:00</dc:date></item></rdf:RDF>"""


def rss(*items: str, declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{declaration}<rss version="2.0"><channel><title>t</title>{"".join(items)}</channel></rss>'.encode()


def test_the_sample_feeds() -> None:
    morning = read_feed(str(FEEDS / "morning.xml"))
    assert [item.language for item in morning.items] == ["ja", "en", "ja", "en"]
    assert morning.items[0].published == "2026-10-31T22:40:00+00:00"
    assert [item.language for item in read_feed(str(FEEDS / "world.atom")).items] == ["en", "ja"]
    assert len(read_feed(str(FEEDS / "evening.json")).items) == 3


@pytest.mark.parametrize(("name", "codec"), [("Shift_JIS", "cp932"), ("EUC-JP", "euc_jis_2004"), ("UTF-8", "utf-8")])
def test_rss_1_0_in_japanese_encodings(name: str, codec: str) -> None:
    text = RDF.format(name) if name != "EUC-JP" else RDF.format(name).replace("髙", "高")
    (item,) = parse_feed(text.encode(codec), source="x").items
    assert item.title.replace("高", "髙") == "①髙島で初雪" and item.language == "ja"
    assert item.guid == "https://news.example/1" and item.published == "2026-11-21T15:30:00+00:00"


def test_a_byte_order_mark_wins_over_the_declaration() -> None:
    text = RDF.format("UTF-16")
    assert parse_feed(text.encode("utf-16"), source="x").items[0].title == "①髙島で初雪"
    assert parse_feed(RDF.format("Shift_JIS").encode("utf-8-sig"), source="x").items[0].title == "①髙島で初雪"


def test_an_undeclared_encoding_is_guessed() -> None:
    body = '<rss version="2.0"><channel><title>t</title><item><title>台風が北へ</title></item></channel></rss>'
    for codec in ("utf-8", "cp932"):
        assert parse_feed(body.encode(codec), source="x").items[0].title == "台風が北へ"


def test_undeclared_euc_is_not_taken_for_half_width_katakana() -> None:
    body = '<rss version="2.0"><channel><title>t</title><item><title>台風が北へ</title></item></channel></rss>'
    assert parse_feed(body.encode("euc_jp"), source="x").items[0].title == "台風が北へ"


def test_declared_euc_has_the_name_characters_of_nec_and_ibm() -> None:
    data = RDF.format("EUC-JP").replace("①", "").replace("髙", "@").encode("euc_jp").replace(b"@", b"\xfc\xe2")
    assert parse_feed(data, source="x").items[0].title == "髙島で初雪"


def test_addresses_and_identities_keep_every_character() -> None:
    url = "https://news.example/a?id=1&section=2&region=jp"
    written = url.replace("&", "&amp;")
    by_guid, by_link = parse_feed(
        rss(
            f"<item><guid>{written}&amp;n=1</guid><title>a</title><link>{written}</link></item>",
            f"<item><title>b</title><link>{written}</link></item>",
        ),
        source="x",
    ).items
    assert (by_guid.guid, by_guid.link) == (f"{url}&n=1", url)
    assert by_link.guid == url
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": url, "title": "c", "url": url}]}
    (item,) = parse_feed(json.dumps(document).encode(), source="x").items
    assert (item.guid, item.link) == (url, url)


def test_two_feeds_are_one_and_a_broken_one_costs_only_itself(tmp_path: Path) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text("<html>502</html>")
    feed = read_feeds([str(FEEDS / "morning.xml"), str(broken), str(FEEDS / "evening.json")])
    assert len(feed.items) == 6  # one article stands in both
    merged, unread = sorted(feed.skipped, key=lambda entry: entry["key"] == str(broken))
    assert unread["key"] == str(broken) and merged["code"] == "same_story" and "morning.xml" in merged["reason"]
    with pytest.raises(InvalidRequestError, match=r"broken\.xml is not a feed"):
        read_feeds(str(broken))


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>Sign in</body></html>",
        b"just text",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b'{"data": []}',
        b'{"version": "https://jsonfeed.org/version/1"',
        b"{" * 100_000,
    ],
)
def test_no_feed_is_one_error_that_names_the_source(data: bytes) -> None:
    with pytest.raises(InvalidRequestError, match=r"https://news\.example/feed is not a feed") as caught:
        parse_feed(data, source="https://user:secret@news.example/feed?key=secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!doctype rss [<!entity % p SYSTEM "http://127.0.0.1:9/">%p;]>',
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_entities_are_refused_before_a_parser_sees_them(doctype: str, codec: str) -> None:
    text = f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>'
    with pytest.raises(InvalidRequestError, match="declares XML entities"):
        parse_feed(text.encode(codec), source="x")


def test_a_string_that_names_a_file_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(rss("<item><title>secret</title></item>"))
    with pytest.raises(InvalidRequestError):
        parse_feed(str(secret).encode(), source="x")


def test_hostile_entries_are_made_plain() -> None:
    feed = parse_feed(
        rss(
            "<item><guid>1</guid><title>&lt;script&gt;steal()&lt;/script&gt;Rain &amp;amp; wind</title></item>",
            f"<item><guid>2</guid><title>{'long ' * 10_000}</title></item>",
            "<item><guid>3</guid><title>Link</title><link>javascript:alert(1)</link></item>",
            "<item><guid>4</guid><pubDate>soon</pubDate><title>Undated</title></item>",
            "<item><guid>2</guid><title>Twice</title></item>",
            "<item><guid>2</guid><title>Twice</title></item>",
            "<item><guid>5</guid></item>",
        ),
        source="x",
    )
    assert [item.title[:12] for item in feed.items] == ["Rain & wind", "long long lo", "Link", "Undated", "Twice"]
    assert len(feed.items[1].title) <= 300
    assert feed.items[2].link is None and feed.items[3].published is None
    assert [entry["code"] for entry in feed.skipped] == ["untitled", "twice"]


def test_identity_is_guid_else_link_else_the_text() -> None:
    by_link, by_text = parse_feed(
        rss("<item><title>a</title><link>https://n.example/a</link></item>", "<item><title>b</title></item>"),
        source="x",
    ).items
    assert by_link.guid == "https://n.example/a"
    assert len(by_text.guid) == 40


def test_a_corrected_text_has_another_digest() -> None:
    first, second = (item_from_mapping({"guid": "g", "title": title}) for title in ("Fire in port", "Smoke in port"))
    assert first.guid == second.guid and first.digest != second.digest


def test_json_feed_items_of_the_wrong_kind() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": ["text", {"title": 5}, {"id": 7, "title": "ok"}],
    }
    feed = parse_feed(json.dumps(document).encode(), source="x")
    assert [(item.guid, item.title) for item in feed.items][1] == ("7", "ok")
    assert len(feed.skipped) == 1


def test_an_article_by_hand_needs_a_title() -> None:
    with pytest.raises(InvalidRequestError, match="no title"):
        item_from_mapping({"guid": "x"})


def test_an_article_by_hand_is_dated_in_every_zone_that_a_run_may_have() -> None:
    moments = {"utc": "2026-11-22T09:00:00+00:00", "Asia/Tokyo": "2026-11-22T00:00:00+00:00"}
    for zone, moment in moments.items():
        assert item_from_mapping({"title": "t", "published": "2026-11-22T09:00"}, zone=zone).published == moment


@pytest.mark.parametrize("source", ["", "/nowhere/feed.xml", "file:///nowhere/feed.xml"])
def test_a_missing_source_is_named(source: str) -> None:
    with pytest.raises(InvalidRequestError, match=source or "No source"):
        read_feed(source)


def test_a_feed_above_the_cap_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.xml"
    path.write_bytes(rss("<item><title>x</title></item>" * 100))
    with pytest.raises(InvalidRequestError, match="larger than the 1,000 bytes"):
        read_feed(str(path), max_bytes=1000)


@pytest.mark.parametrize(
    ("written", "source", "link"),
    [
        ("/2026/snow.html?id=1", "https://news.example/feeds/a.xml?key=1", "https://news.example/2026/snow.html?id=1"),
        ("snow.html", "https://me:secret@news.example/feeds/a.xml", "https://news.example/feeds/snow.html"),
        ("https://news.example/a/../b?", "https://news.example/a.xml", "https://news.example/a/../b?"),
        ("javascript:alert(1)", "https://news.example/a.xml", None),
        ("//[", "https://news.example/a.xml", None),
        ("/2026/snow.html", "/data/a.xml", None),
    ],
)
def test_a_corrected_article_stays_the_same_by_its_link_also_by_a_relative_one(written, source, link) -> None:
    def read(title: str):
        (item,) = parse_feed(rss(f"<item><title>{title}</title><link>{written}</link></item>"), source=source).items
        return item

    first, corrected = read("Snow"), read("Snow, corrected")
    assert first.link == link and first.guid == corrected.guid and first.digest != corrected.digest
