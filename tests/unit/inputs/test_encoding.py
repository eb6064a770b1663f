"""Which encoding a text is in, when nobody says so, or somebody says the wrong one."""

from __future__ import annotations

import time

import pytest

from airflow_provider_sora.inputs.encoding import decoded

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
