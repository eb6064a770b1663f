"""Feeds as templates write them: what is broken costs itself, and nothing that is damaged reaches a prompt."""

from __future__ import annotations

import json
import time

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.feeds import Feed, formats, parse_feed
from tests.unit.inputs.feeds.test_reading import rss


def read(text: str | bytes) -> Feed:
    return parse_feed(text.encode() if isinstance(text, str) else text, source="https://news.example/feed.xml")


def titles(feed: Feed) -> list[str]:
    return [item.title for item in feed.items]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("R&D centre opens at A&B works", "R&D centre opens at A&B works"),
        ("Fish &amp; chips at M&S; AT&T; Q&A", "Fish & chips at M&S; AT&T; Q&A"),
        ("Caf&eacute; &ndash; caf&#233;&nbsp;&#x1F600;", "Café – café 😀"),
        ("Snow &#55357;&#56842; here", "Snow 😊 here"),
        ("Snow &#xD83D;&#xDE0A; here", "Snow 😊 here"),
        ("It&#146;s &#147;here&#148;", "It’s “here”"),
        ("Five &lt; six", "Five < six"),
        ('<![CDATA[R&D &amp; A&B <b>bold</b> <!ENTITY x "y">]]>', "R&D & A&B bold"),
        ("Bell\x07 and \x0bbox", "Bell and box"),
        ("A<br>B", "A B"),
    ],
)
def test_titles_are_read_as_they_were_meant(written: str, title: str) -> None:
    feed = read(
        rss(
            f"<item><title>{written}</title><link>https://n.example/1?a=1&b=2</link></item>",
            "<item><title>N</title></item>",
        )
    )
    assert titles(feed) == [title, "N"] and feed.items[0].link == "https://n.example/1?a=1&b=2"


@pytest.mark.parametrize("lost", ["&#55357;", "&#0;", "&#xFFFE;", "&#99999999;", "\ufffd"])
def test_a_title_with_a_lost_character_is_left_out_with_its_reason(lost: str) -> None:
    feed = read(rss(f"<item><title>Snow {lost} here</title></item>", "<item><title>N</title></item>"))
    assert titles(feed) == ["N"] and [entry["code"] for entry in feed.skipped] == ["damaged"]


@pytest.mark.parametrize(
    "prolog",
    [
        "<!-- <!ENTITY removed --> ",
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.example/rss-0.91.dtd">',
        '<!DOCTYPE rss [<!ENTITY nbsp "&#160;"> <!ENTITY copy "&#xA9;"><!-- <!ENTITY x SYSTEM "y"> -->]>',
        '<?xml-stylesheet href="a.xsl"?><!DOCTYPE rss [ <!ENTITY % x.y "z"> ]>',
    ],
)
def test_a_doctype_that_declares_characters_is_harmless(prolog: str) -> None:
    body = rss("<item><title>A&nbsp;&copy;</title></item>", declaration="").decode()
    text = f'<?xml version="1.0"?>{prolog}{body}'
    if "%" in prolog:
        with pytest.raises(InvalidRequestError, match="declares XML entities"):
            read(text)
    else:
        assert titles(read(text)) == ["A ©"]


def test_posts_without_a_title_are_called_by_their_first_words() -> None:
    long = "Snow closes the northern line this morning. Buses run instead, the railway says, until noon. " * 20
    feed = read(
        rss(
            "<item><guid>1</guid><description>&lt;p&gt;Snow closes the line, post 0&lt;/p&gt;</description></item>",
            f"<item><guid>2</guid><title></title><description>{long}</description></item>",
            f"<item><guid>3</guid><description>{'雪' * 400}</description></item>",
            "<item><guid>4</guid><enclosure url='https://n.example/a.jpg'/></item>",
        )
    )
    assert [title[:43] for title in titles(feed)] == ["Snow closes the line, post 0", long[:43], "雪" * 43]
    assert all(len(title) <= 160 for title in titles(feed)) and [entry["code"] for entry in feed.skipped] == [
        "untitled"
    ]


@pytest.mark.parametrize("cut", [30, 60, 75])
def test_a_feed_that_ends_in_the_middle_says_so_and_its_cut_article_waits(cut: int) -> None:
    whole = rss(
        *(f"<item><title>Story {n}</title><link>https://n.example/{n}</link></item>" for n in range(3))
    ).decode()
    feed = read(whole[:-cut])
    assert titles(feed) == ["Story 0", "Story 1"] and [entry["code"] for entry in feed.skipped] == ["cut_article"]
    feed = read(whole.removesuffix("</channel></rss>"))
    assert titles(feed) == ["Story 0", "Story 1", "Story 2"] and [entry["code"] for entry in feed.skipped] == [
        "cut_off"
    ]


def test_a_json_feed_that_ends_in_the_middle_says_so_too() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1",
        "language": "de",
        "items": [{"id": n, "title": n} for n in "abc"],
    }
    feed = read(json.dumps(document)[:-8])
    assert titles(feed) == ["a", "b"] and feed.items[0].language == "de"
    assert [entry["code"] for entry in feed.skipped] == ["cut_article"]


@pytest.mark.parametrize(
    ("tag", "title", "language"),
    [
        ("de-DE", "Neue Brücke eröffnet", "de"),
        ("pt-BR", "Nova ponte", "pt"),
        ("zh-cn", "北京今日下雪", "zh-cn"),
        ("zh-TW", "台北今日下雨", "zh-tw"),
        ("zh-Hans-CN", "北京今日下雪", "zh-cn"),
        ("en-US", "Snow", "en"),
        ("en", "台風が北へ", "ja"),
        ("", "東京で初雪", "ja"),
        ("", "東京", "ja"),
        ("", "Snow", "en"),
        ("ko", "서울에 첫눈", "ko"),
        ("", "서울에 첫눈", "ko"),
        ("en", "Москва ждёт снег", "und"),
        ("ru", "Москва ждёт снег", "ru"),
        ("ja", "NHK", "ja"),
        ("nonsense!", "Snow", "en"),
        ("", "北京今日下雪，机场高速公路已经关闭，市民请注意安全", "zh"),
    ],
)
def test_an_article_keeps_its_language(tag: str, title: str, language: str) -> None:
    (item,) = read(
        f'<rss version="2.0"><channel><language>{tag}</language><item><title>{title}</title></item></channel></rss>'
    ).items
    assert item.language == language


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_markup_that_takes_for_ever_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(formats, "PATIENCE", 2.0)
    began = time.monotonic()
    with pytest.raises(InvalidRequestError, match=r"could not be read within 2 s\. Nothing was paid"):
        read(rss("<item><title>x</title></item>" + "<b>" * 2_500_000))
    assert time.monotonic() - began < 60


def test_a_large_feed_is_read_in_a_process_of_its_own_and_gives_the_same(monkeypatch) -> None:
    items = [
        f"<item><title>北国で初雪 {n} &amp; more</title><link>https://n.example/{n}</link></item>" for n in range(1200)
    ]
    apart = read(rss(*items))
    monkeypatch.setattr(formats, "_SMALL", 10**9)
    assert len(apart.items) == 1200 and read(rss(*items)) == apart
