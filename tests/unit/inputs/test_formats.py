"""The same table in every format and encoding in which a shop or a spreadsheet may send it."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.catalogues import parse_catalogue
from airflow_provider_sora.inputs.catalogues.workbook import MAX_UNFOLDED
from tests.unit.inputs.spreadsheets import ods, xlsx

HEAD = ["sku", "title", "selling_points", "photo", "market"]
WESTERN = [
    ["KR-1", 'Krug "Nord"', "spülmaschinenfest; 0,3 l", "k.jpg", "DE"],
    ["KR-2", "Teller", "Ø 22 cm", "t.jpg", "DE"],
]
JAPANESE = [["M-1", "檜のマグカップ", "厚手|温かい, 軽い", "m.jpg", "JP"], ["M-2", "ﾃﾞｽｸﾗｲﾄ", "明るい", "d.jpg", "JP"]]


def table(lines: list[list[str]], mark: str, end: str = "\r\n") -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if mark in text or '"' in text else text

    return end.join(mark.join(map(cell, line)) for line in [HEAD, *lines]) + end


def read(data: bytes, source: str = "/shop/c.csv", **options):
    found = parse_catalogue(data, source=source, **options)
    return [
        [p.sku, p.title, p.selling_points, p.photo.removeprefix("/shop/"), p.market.upper()] for p in found.products
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_western_tables(mark: str, end: str, codec: str) -> None:
    assert read(table(WESTERN, mark, end).encode(codec)) == WESTERN


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "cp932", "euc_jp"])
def test_japanese_tables(mark: str, codec: str) -> None:
    assert read(table(JAPANESE, mark).encode(codec)) == JAPANESE


def test_words_of_excel_before_the_table() -> None:
    assert read(("sep=|\r\n" + table(WESTERN, "|")).encode()) == WESTERN
    assert read(("\r\n\r\n" + table(WESTERN, ";")).encode()) == WESTERN


def test_an_encoding_that_is_named_is_used_and_one_that_is_none_is_said() -> None:
    polish = [["A", "Żółty kubek", "łatwy", "k.jpg", "PL"]]
    assert read(table(polish, ",").encode("cp1250"), encoding="cp1250") == polish
    for encoding, said in (
        ("klingon", "is no encoding"),
        ("punycode", "is no encoding"),
        ("utf-8", "does not read it"),
    ):
        with pytest.raises(InvalidRequestError, match=f"'{encoding}' {said}.*Nothing was paid"):
            read(table(polish, ",").encode("cp1250"), encoding=encoding)


def test_what_cannot_be_told_is_refused_and_not_guessed() -> None:
    lone = [["A", "春", "p", "k.jpg", "CN"]]  # two bytes that are a word in three countries
    with pytest.raises(InvalidRequestError, match="name it in the param encoding"):
        read(table(lone, ",").encode("gb18030"))
    assert read(table(lone, ",").encode("gb18030"), encoding="gb18030") == lone


@pytest.mark.parametrize("make", [xlsx, ods])
def test_spreadsheets(make) -> None:
    lines = [HEAD, *WESTERN, ["4901234567890", "Tasse", "x", "c.jpg", "DE"]]
    data = make({"Notes": [["Export of today"]], "Products": lines}, numbers=("4901234567890",))
    assert read(data, "/shop/c.xlsx") == [*WESTERN, ["4901234567890", "Tasse", "x", "c.jpg", "DE"]]


def test_a_spreadsheet_that_is_none() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    for data in (packed.getvalue(), packed.getvalue()[:40], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600):
        with pytest.raises(InvalidRequestError, match=r"(spreadsheet|ZIP archive).*Nothing was paid"):
            read(data)


@pytest.mark.slow
def test_a_spreadsheet_that_unfolds_to_gigabytes_is_not_unfolded() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/big.xml", "w") as entry:
        for _ in range(MAX_UNFOLDED // (1 << 20) + 1):
            entry.write(b"\0" * (1 << 20))
    assert len(packed.getvalue()) < 1 << 20
    with pytest.raises(InvalidRequestError, match="unfolds to"):
        read(packed.getvalue())


def objects(lines: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(HEAD, line, strict=True)) for line in lines]


def test_json_as_an_array_in_an_object_and_in_lines() -> None:
    rows = objects(WESTERN)
    lines = "\n".join(map(json.dumps, rows)).encode()
    for data, source in (
        (json.dumps(rows).encode(), "/shop/c.json"),
        (json.dumps({"total": 2, "items": rows}, indent=1).encode(), "/shop/c.json"),
        (lines, "/shop/c.jsonl"),
        (lines, "/shop/c"),
    ):
        assert read(data, source) == WESTERN


def test_in_json_a_list_of_pictures_means_its_first_and_a_mapping_is_no_text() -> None:
    row = objects(WESTERN)[0]
    rows = [
        {**row, "photo": ["1.jpg", "2.jpg"]},
        {**row, "sku": "B", "photo": [{"src": "b.jpg", "alt": "x"}, {"src": "c.jpg"}]},
        {**row, "sku": "C", "title": {"de": "Krug", "en": "Jug"}},
        {**row, "sku": "D", "photo": {"alt": "no address"}},
    ]
    found = parse_catalogue(json.dumps(rows).encode(), source="/shop/c.json")
    assert [(p.sku, p.photo) for p in found.products] == [("KR-1", "/shop/1.jpg"), ("B", "/shop/b.jpg")]
    assert [(s["row"], s["reason"]) for s in found.skipped] == [(3, "no title"), (4, "no photo")]


def parse(data: bytes) -> tuple[list[str], list[int]]:
    found = parse_catalogue(data, source="/shop/c.csv", market="us")
    return [product.title for product in found.products], [entry["row"] for entry in found.skipped]


def test_a_catalogue_may_be_packed() -> None:
    packed = gzip.compress(b"sku,title,selling_points,photo\nA,Mug,light,https://s/a.jpg\n")
    assert parse(packed)[0] == ["Mug"]
    with pytest.raises(InvalidRequestError, match="cut off"):
        parse(packed[:-6])


def test_a_reports_title_stands_above_the_header() -> None:
    text = "Export of 1 Feb 2026;;;\n;;;\nsku;title;selling_points;photo\nA;Mug;light;https://s/a.jpg\nB;Pot;x;\n"
    assert parse(text.encode()) == (["Mug"], [5])


@pytest.mark.parametrize(
    "wrapped", ['{{"data": {{"items": [{0}]}}}}', '{{"data": {{"products": {{"edges": [{{"node": {0}}}]}}}}}}']
)
def test_products_may_lie_in_wrappers(wrapped: str) -> None:
    row = '{"sku": "A", "title": "Mug", "selling_points": "light", "photo": "https://s/a.jpg"}'
    assert parse(wrapped.format(row).encode())[0] == ["Mug"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": [{"sku": 1}], "b": [{"sku": 2}]}', "several lists of objects"),
        ('[{"sku": "A", "title": "cut', "not well-formed, or was cut off"),
        ("<!DOCTYPE html><html><body>Log in</body></html>", "is a web page"),
        ("<html lang=de>", "is a web page"),
        ('<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rss><item><id>&b;</id></item></rss>', "a document type"),
        ('<?xml version="1.0"?><rss><channel><item><id>1</id></item>', "no well-formed XML"),
        ("<rss><channel><title>empty</title></channel></rss>", "XML without any item"),
    ],
)
def test_what_is_no_table_is_said_without_a_word_of_it(text: str, said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said) as raised:
        read(text.encode())
    assert "Nothing was paid" in str(raised.value) and "Log in" not in str(raised.value)


def test_oddities_of_cells_are_taken_or_said() -> None:
    text = (
        "sku,title,title,selling_points,photo,market\n"
        'A-1,"24" monitor",,bright,m.jpg,JP\n'
        "A-2,,Second,x,m.jpg,JP\n"
        "4.90123E+12,Mug,,x,m.jpg,JP\n"
        "4.90123E+12,Cup,,x,c.jpg,JP\n"
        "-5,+One,,x,m.jpg,JP\n"
        "@home,-Zero,,x,m.jpg,JP\n"
    )
    found = parse_catalogue(text.encode(), source="/shop/c.csv")
    assert [(p.sku, p.title) for p in found.products] == [
        ("A-1", '24" monitor'), ("A-2", "Second"), ("-5", "+One"), ("@home", "-Zero")
    ]  # fmt: skip
    assert [(s["row"], s["code"]) for s in found.skipped] == [(1, "repeated"), (4, "scientific"), (5, "scientific")]
    assert "4.90123E+12" in found.skipped[1]["reason"]


@pytest.mark.parametrize(
    ("cell", "photo"),
    [
        ("https://c.example/a.jpg, https://c.example/b.jpg", "https://c.example/a.jpg"),
        ("https://c.example/a.jpg;https://c.example/b.jpg", "https://c.example/a.jpg"),
        ("https://c.example/w_3,h_2/a.jpg|https://c.example/b.jpg", "https://c.example/w_3,h_2/a.jpg"),
        ("https://c.example/a.jpg https://c.example/b.jpg", "https://c.example/a.jpg"),
        ("https://c.example/a.jpg,", "https://c.example/a.jpg"),
        ("a.jpg;b.png", "/shop/a.jpg"),
        ("my photo, left.jpg", "/shop/my photo, left.jpg"),
    ],
)
def test_of_several_pictures_in_a_cell_the_first(cell: str, photo: str) -> None:
    row = dict(zip(HEAD, ["A", "t", "p", cell, "DE"], strict=True))
    assert parse_catalogue(json.dumps([row]).encode(), source="/shop/c.json").products[0].photo == photo
