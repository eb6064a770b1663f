"""Catalogues as shops send them: one bad row costs no other row anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.catalogues import parse_catalogue, read_catalogue

HEAD = "sku,title,selling_points,photo,market,category\n"
SAMPLE = Path(__file__).parents[3] / "dags" / "include" / "catalogue.csv"


def parse(text: str, codec: str = "utf-8", source: str = "/shop/c.csv"):
    return parse_catalogue(text.encode(codec), source=source)


def test_the_sample_has_pictures_for_all_its_rows() -> None:
    found = read_catalogue(str(SAMPLE))
    assert [p.market for p in found.products] == ["jp", "us", "us", "jp"] and not found.skipped
    assert all(Path(p.photo).is_file() and Path(p.photo).stat().st_size < 60_000 for p in found.products)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932", "euc_jp"])
def test_encodings(codec: str) -> None:
    (product,) = parse(HEAD + "A1,檜のマグ,厚み,p/a.jpg,JP,kitchen\n", codec).products
    assert product.title == "檜のマグ" and product.language == "ja" and product.market == "jp"
    assert product.photo == "/shop/p/a.jpg"


def test_other_encodings_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="name it in the param encoding"):
        parse_catalogue(b"sku\n\x81", source="c.csv")


def test_json_lines() -> None:
    rows = [
        {"sku": "A", "title": "Mug", "selling_points": ["thick", "350 ml"], "photo": "gs://b/a.jpg", "market": "us"},
        {"sku": 7, "title": "Cup", "selling_points": "thin", "photo": "https://x.example/b.jpg", "market": "de"},
    ]
    text = "\n".join([json.dumps(rows[0]), "{broken", "[1]", json.dumps(rows[1]), ""])
    found = parse(text, source="gs://b/c.jsonl")
    assert [(p.row, p.sku, p.selling_points) for p in found.products] == [(1, "A", "thick; 350 ml"), (4, "7", "thin")]
    assert [(s["row"], s["reason"][:12]) for s in found.skipped] == [(2, "not readable"), (3, "not a JSON o")]
    assert [s["code"] for s in json.loads(json.dumps([s.to_json() for s in found.skipped]))] == ["no_json", "no_object"]


def test_json_lines_are_told_by_their_name_or_their_text() -> None:
    row = json.dumps({"sku": "A", "title": "t", "selling_points": "p", "photo": "a.jpg", "market": "us"})
    for source, text in (("/c.jsonl", f"[broken]\n{row}"), ("/c.NDJSON", f"x\n{row}"), ("/c.txt", f"{row}\nx")):
        found = parse(text, source=source)
        assert [p.sku for p in found.products] == ["A"] and len(found.skipped) == 1


def test_a_line_of_json_ends_at_a_newline_only() -> None:
    rows = [
        json.dumps(
            {"sku": sku, "title": "Mug\u2028thick\x85\x0c", "selling_points": "p", "photo": "a.jpg", "market": "us"},
            ensure_ascii=False,
        )
        for sku in ("A", "B")
    ]
    found = parse("\r\n".join([rows[0], "{broken", rows[1]]), source="/c.jsonl")
    assert [(p.row, p.sku, p.title) for p in found.products] == [(1, "A", "Mug thick"), (3, "B", "Mug thick")]
    assert [entry["row"] for entry in found.skipped] == [2]


def many(first: int, last: int) -> str:
    return "".join(f"S{n},Mug,thick,a.jpg,us,x\n" for n in range(first, last))


@pytest.mark.parametrize(
    "broken",
    [
        'X,"Mug,thick,a.jpg,us,x\n',  # to the end of the file
        'X,Mug,thick,a.jpg,us,"x\n',  # in the last column: with the right number of cells
        '"X,Mug,thick,a.jpg,us,x\n',
    ],
)
@pytest.mark.parametrize(
    "after", ["", '"Y",Mug,thick,a.jpg,us,x\n', 'Y,Mug,thick,a.jpg,us,"x"\n', 'Y,27" Mug,t,a.jpg,us,x\n']
)
def test_a_quotation_mark_that_is_not_closed_costs_one_row(broken: str, after: str) -> None:
    found = parse(HEAD + many(0, 3) + broken + many(3, 9000) + after)
    assert [p.sku for p in found.products] == [f"S{n}" for n in range(9000)] + (["Y"] if after else [])
    assert [(entry["row"], entry["reason"]) for entry in found.skipped] == [
        (5, "not readable as CSV in line 5: a quotation mark is not closed")
    ]


def test_texts_of_several_lines_are_no_such_accident() -> None:
    found = parse(HEAD + 'A,"Mug\n""large""\n, and more","a\nb",a.jpg,us,x\n' + many(0, 2))
    assert [(p.row, p.title) for p in found.products] == [(2, 'Mug "large" , and more'), (3, "Mug"), (4, "Mug")]
    assert not found.skipped


@pytest.mark.slow
def test_hostile_quotation_takes_no_time_to_speak_of() -> None:
    found = parse(HEAD + 'x","\n' * 50_000)  # each line opens a text that ends nowhere
    assert not found.products and len(found.skipped) == 50_000


def test_missing_columns_are_one_error_that_names_them() -> None:
    with pytest.raises(InvalidRequestError) as raised:
        parse("sku,Title,market\nA,B,us\n", source=f"{SAMPLE.parent}/c.csv")
    said = str(raised.value)
    assert "our own table, but lacks the columns selling_points, photo; its columns are sku, Title, market." in said
    assert '{"sku": "sku", "title": "Title", "selling_points": "…", "photo": "…", "market": "market"}' in said


@pytest.mark.parametrize("data", ["\n\n", '"', "<html></html>"])
def test_what_is_no_catalogue(data: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"has not one column of the tables|is a web page"):
        parse(data)


def test_bad_rows_are_reported_by_number_and_the_others_go_on() -> None:
    found = parse(
        HEAD
        + "A,Mug,thick,a.jpg,us,x\n"  # row 2
        + ",Mug,thick,a.jpg,us,x\n"
        + "B,Mug,thick,a.jpg\n"
        + "A,Mug again,thick,a.jpg,US,x\n"
        + "\n"
        + "=cmd|' /C calc'!A0,Mug,thick,a.jpg,us,x\n"
        + '"C","Two\nlines","thick","a.jpg","us","x"\n'
        + "A,Mug,thick,a.jpg,jp,x\n"
    )
    assert [(p.sku, p.market) for p in found.products] == [("A", "us"), ("C", "us"), ("A", "jp")]
    assert found.products[1].title == "Two lines"
    reasons = {entry["row"]: entry["reason"] for entry in found.skipped}
    assert reasons[3] == "no sku"
    assert reasons[4] == "4 cells where the header has 6"
    assert reasons[5] == "sku A for market us stands in row 2 already"
    assert "spreadsheet formula" in reasons[7]
