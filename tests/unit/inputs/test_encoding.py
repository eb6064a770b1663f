"""Which encoding a text is in, when nobody says so, or somebody says the wrong one."""

from __future__ import annotations

import time

import pytest

from airflow_provider_sora.inputs.encoding import UnclearEncodingError, decoded

#: 髙 and ① as NEC and IBM added them to EUC-JP; no codec of Python writes them.
EUC_EXTRA = {"髙": b"\xfc\xe2", "①": b"\xad\xa1"}
TEXT = '{"title": "①髙島で初雪、台風が北へ"}'


def euc(text: str) -> bytes:
    return b"".join(EUC_EXTRA.get(c) or c.encode("euc_jp") for c in text)


@pytest.mark.parametrize("text", [TEXT, "台風が北へ", "株式市場大幅続落", "時", "ﾃﾚﾋﾞの話題", "<title>東京</title>"])
def test_japanese_is_told_apart_without_a_declaration(text: str) -> None:
    for data in (text.encode(), text.encode("cp932"), euc(text)):
        assert decoded(data) == text


@pytest.mark.parametrize("name", ["EUC-JP", "euc_jp", "x-euc-jp", "cp51932"])
def test_what_nec_and_ibm_added_to_euc_is_read(name: str) -> None:
    assert decoded(euc(TEXT), declared=name) == TEXT
    assert decoded(euc(TEXT), charset=name) == TEXT


@pytest.mark.parametrize("name", ["Shift_JIS", "x-sjis", "Windows-31J", "ms932"])
def test_shift_jis_means_cp932(name: str) -> None:
    assert decoded(TEXT.encode("cp932"), declared=name) == TEXT


def test_what_a_server_says_counts_where_the_document_says_nothing() -> None:
    text = "новости"
    assert decoded(text.encode("koi8_r"), charset="koi8-r") == text
    assert decoded("速報".encode("iso2022_jp"), charset="ISO-2022-JP") == "速報"
    assert decoded("Größe".encode("cp1252"), declared="windows-1252", charset="utf-8") == "Größe"
    assert decoded(euc(TEXT), declared="EUC-JP", charset="utf-8") == TEXT  # a server's setting for all its files


def test_a_wrong_word_is_noticed() -> None:
    assert decoded(TEXT.encode(), charset="iso-8859-1") == TEXT  # what servers say when nobody told them
    assert decoded(TEXT.encode(), declared="EUC-JP", charset="utf-8") == TEXT
    assert decoded(TEXT.encode("cp932"), declared="utf-8") == TEXT
    assert decoded(TEXT.encode("utf-16"), declared="utf-16", charset="utf-8") == TEXT  # the byte order mark


def test_one_damaged_character_does_not_change_the_encoding() -> None:
    cut = "台風が北へ進み、大雨になる".encode()
    for declared in (None, "utf-8"):
        found = decoded(cut[:9] + b"\x81" + cut[9:], declared=declared)
        assert found.replace("\ufffd", "") == "台風が北へ進み、大雨になる"
    assert decoded(euc("台風") + b"\xff" + euc("が北へ"), declared="euc-jp") == "台風\ufffdが北へ"


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "unicode_escape", "base64", "rot13", "utf-16", "no such", "a\0b", ""]
)
def test_what_is_no_character_set_is_not_used(name: str) -> None:
    started = time.monotonic()
    text = TEXT * 40_000  # punycode would take hours
    assert decoded(text.encode(), declared=name, charset=name) == text
    assert time.monotonic() - started < 20


#: A few words as a shop or newsroom writes them, by what they are most often saved in where it is not UTF-8.
WORDS = {
    ("cp1252", "pt"): "município educação coração pão maçã também não ação canções três avó óleo à mãos algodão",
    ("cp1252", "fr"): "crème décor très léger crêpe forêt château français été côté noël là où bœuf aiguë",
    ("cp1252", "de"): "größe spülmaschinenfest für schön über äpfel straße bügel heiß grün möbel tür",
    ("cp1252", "es"): "niño corazón año mañana café español diseño algodón cómodo lámpara pequeño único",
    ("cp1252", "sv"): "kök småland röd grön blå hållare skål låda väska trä öl",
    ("cp1251", "ru"): "чашка для чая ручной работы светлая кружка из дерева новинка",
    ("cp949", "ko"): "머그컵 따뜻한 나무 접시 새로운 디자인 부드러운 가방 여름 선물",
    ("gb18030", "zh"): "手工 木杯 温暖 新款 设计 柔软 背包 夏季 礼物 中国 我们的",
    ("cp932", "ja"): "檜の マグカップ 厚手 軽い 皿 椅子 帆布 バッグ お茶 湯のみ 新しい 手作り",
    ("euc_jp", "ja"): "檜の マグカップ 厚手 軽い 皿 椅子 帆布 バッグ お茶 湯のみ 新しい 手作り",
    ("cp932", "half width"): "ﾏｸﾞｶｯﾌﾟ ﾃﾞｽｸﾗｲﾄ ﾊﾞｯｸﾞ ｲｽ ｶｸﾞ ﾃｰﾌﾞﾙ",
}


@pytest.mark.parametrize(("codec", "language"), WORDS)
def test_a_few_words_are_read_in_the_encoding_that_they_are_plausible_in(codec: str, language: str) -> None:
    words = WORDS[codec, language].split()
    for count in (2, 3, 5):
        for at in range(len(words) - count + 1):
            text = " ".join(words[at : at + count])
            try:
                assert decoded(text.encode(codec), sure=True) == text, (codec, text)
            except UnclearEncodingError:  # two words of Chinese may be two of Japanese; five are not
                assert count < 5, text


@pytest.mark.parametrize("language", ["pt", "fr", "de", "es", "sv"])
def test_single_western_words_never_become_another_script(language: str) -> None:
    for word in WORDS["cp1252", language].split():
        for text in (word, word.capitalize(), f"“{word}” – it’s 20 °C, 5 €"):
            assert decoded(text.encode("cp1252")) == text


def test_english_with_typographers_signs_is_no_kanji() -> None:
    for text in ("It’s here", "the “best” mug", "2019–2024", "wait…", "Acme®", "5€"):
        assert decoded(text.encode("cp1252")) == text


def test_utf_16_without_its_mark_is_told_by_its_noughts() -> None:
    for codec in ("utf-16-le", "utf-16-be"):
        assert decoded("sku;title\n1;Größe".encode(codec)) == "sku;title\n1;Größe"


def test_what_cannot_be_told_is_said_where_that_is_asked_for() -> None:
    with pytest.raises(UnclearEncodingError, match="it may be"):
        decoded("春".encode("gb18030"), sure=True)
    assert decoded("Größe".encode("cp1252"), sure=True) == "Größe"


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("Preis: 5 £", "cp1252", None),
        ('{"products":[' + '{"sku":"A","price":1},' * 300 + '{"title":"檜のマグカップ、軽い"}]}', "cp932", None),
        ("檜のマグカップ、厚手で軽い", "cp932", "iso-8859-1"),
        ("檜のマグカップ、厚手で軽い", "cp932", "windows-1252"),
        ("Crème brûlée, goût léger", "cp1252", "euc-jp"),
        ("Crème brûlée", "cp1252", "shift_jis"),
        ("Grüße aus Köln", "latin-1", "iso-8859-1"),
        ("Привет, мир и чашка", "cp1251", "windows-1251"),
    ],
)
def test_a_wrong_name_is_not_believed_and_a_right_one_is(text: str, codec: str, declared: str | None) -> None:
    assert decoded(text.encode(codec), declared=declared) == text


@pytest.mark.parametrize("codec", ["cp1250", "iso8859-2"])
@pytest.mark.parametrize(
    "text",
    [
        "Kraków żegna zimę, a śnieg wciąż leży",
        "Świąteczny kubek z drewna, ręcznie robiony",
        "Žluťoučký kůň pěl ďábelské ódy",
        "ručně vyráběná mísa",
    ],
)
def test_polish_and_czech_are_told_from_the_west_without_a_declaration(text: str, codec: str) -> None:
    assert decoded(text.encode(codec)) == text


def test_utf8_that_holds_a_control_character_of_the_west_is_still_utf8() -> None:
    assert decoded("it\x92s here".encode()) == "it\x92s here"
