"""Which encoding a feed is in, when nobody says so, or somebody says the wrong one."""

from __future__ import annotations

import time

import pytest

from airflow_provider_sora.inputs.encoding import decoded
from airflow_provider_sora.inputs.feeds.formats import feed_text

WESTERN = [
    "Município anuncia programa de educação; nova ponte será aberta",
    "Café à beira-mar reabre",
    "Crème",
    "CRÈME BRÛLÉE",
    "Mayor: “we open the bridge” – at last",
    "Größe",
    "déjà vu",
    "L’été à Paris…",
    "Neue Brücke eröffnet",
    "niño",
    "Élections à l'Assemblée",
    "¿Qué pasó?",
    "100 € price",
    "Malmö får ny bro",
    "Æbleskiver på Ærø",
    "10° C",
    "À",
    "été",
    "«Le Monde» à l’île",
    "PORTUGUÊS É AÇÃO",
    "ŒUVRE, œuvre",
    "Preis: 5 £",
    "Dublin’s fair city",
    "½ price",
]
JAPANESE = [
    "台風が北へ",
    "株式市場大幅続落",
    "時",
    "東京",
    "ニュース",
    "JR東海が値上げ",
    "色々調べてたら、RSS1.0をサポート",
]
OTHERS = [
    ("koi8_r", "ru", "Москва ждёт снег"),
    ("cp1251", "ru", "Новости"),
    ("cp1253", "el", "Νέα γέφυρα"),
    ("cp949", "ko", "서울에 첫눈"),
    ("gb18030", "zh-cn", "北京今日下雪"),
    ("big5", "zh-tw", "台北今日下雨"),
    ("cp1250", "cs", "Žluťoučký kůň"),
    ("cp1254", "tr", "İstanbul’da kar yağışı"),
]


def feed(title: str, language: str = "") -> str:
    tag = f"<language>{language}</language>" if language else ""
    return f'<rss version="2.0"><channel>{tag}<item><title>{title}</title></item></channel></rss>'


@pytest.mark.parametrize("declared", [None, "utf-8", "shift_jis", "euc-jp", "us-ascii", "no such"])
@pytest.mark.parametrize("text", WESTERN)
def test_western_bytes_never_come_out_as_japanese(text: str, declared: str | None) -> None:
    text = feed(text)
    assert decoded(text.encode("cp1252"), declared=declared) == text
    assert decoded(text.encode("cp1252"), charset=declared) == text


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "windows-1252"])
@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "utf-8"])
@pytest.mark.parametrize("text", JAPANESE)
def test_japanese_bytes_stay_japanese_whatever_is_said_of_them(text: str, codec: str, declared: str | None) -> None:
    text = feed(text)
    assert decoded(text.encode(codec), declared=declared) == text


@pytest.mark.parametrize(("codec", "language", "text"), OTHERS)
def test_the_language_of_a_feed_tells_its_old_encoding(codec: str, language: str, text: str) -> None:
    text = feed(text, language)
    assert feed_text(text.encode(codec)) == text
    assert feed_text(('<?xml version="1.0" encoding="utf-8"?>' + text).encode(codec)).endswith(text)


@pytest.mark.parametrize(
    ("codec", "language", "text"),
    [
        ("koi8_u", "uk", "Київ чекає на сніг"),
        ("iso8859-2", "pl", "Łódź czeka na śnieg"),
        ("cp1250", "cs", "čaj"),
        ("cp1255", "he", "שלג בירושלים"),
        ("cp1256", "ar", "ثلوج في بيروت"),
        ("cp874", "th", "ข่าววันนี้"),
        ("cp1257", "lt", "Šiandien sninga"),
    ],
)
def test_languages_whose_letters_are_not_known_are_read_by_the_name_that_the_feed_says(
    codec: str, language: str, text: str
) -> None:
    text = feed(text, language)
    assert feed_text(text.encode(codec)) == text


@pytest.mark.parametrize(("codec", "language", "text"), OTHERS)
def test_a_true_word_is_believed(codec: str, language: str, text: str) -> None:
    assert decoded(text.encode(codec), declared=codec, charset="utf-8") == text
    assert decoded(text.encode(codec), charset=codec) == text


def test_korean_and_chinese_of_some_length_are_no_japanese_without_kana() -> None:
    for codec, text in (
        ("cp949", "한국은행 기준금리 동결하고 서울에는 첫눈이 내렸다"),
        ("gb18030", "北京今日下雪，机场高速公路已经关闭"),
    ):
        assert decoded(feed(text).encode(codec)) == feed(text)


def test_seven_bit_encodings_need_their_name() -> None:
    assert decoded("速報".encode("iso2022_jp"), charset="ISO-2022-JP") == "速報"


def test_one_damaged_character_costs_itself() -> None:
    cut = "台風が北へ進み、大雨になる".encode()
    assert decoded(cut[:9] + b"\x81" + cut[9:]).replace("\ufffd", "") == "台風が北へ進み、大雨になる"


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "base64", "rot13", "a\0b"])
def test_what_is_no_character_set_is_not_used(name: str) -> None:
    began = time.monotonic()
    text = feed("café " * 100_000)  # punycode would take hours
    assert decoded(text.encode("cp1252"), declared=name, charset=name) == text
    assert time.monotonic() - began < 20
