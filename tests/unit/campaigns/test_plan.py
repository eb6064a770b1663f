"""Rows and variants as clips, and tables of any format as rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.campaigns.plan import ads_of, cheapest_first, read_campaign
from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError
from airflow_provider_sora.inputs.catalogues.named_rows import NamedRow, NamedRows, read_rows

PARAMS = {
    "campaign": "autumn",
    "template": "{title} in {light} light, {hook}, {size}",
    "axes": {
        "light": ["day", "night"],
        "hook": {"who": "who needs {title}?", "why": "only {price}"},
        "size": ["640x640"],
    },
    "key_column": "SKU",
    "title_column": "Title",
}


def table(*rows: dict[str, str], columns: tuple[str, ...] = ("sku", "title", "price")) -> NamedRows:
    numbered = tuple(NamedRow(number, row) for number, row in enumerate(rows, 2))
    return NamedRows("table.csv", "/x/table.csv", columns, True, numbered)


def test_a_row_becomes_a_clip_in_every_variant() -> None:
    ads, skipped = ads_of(read_campaign(PARAMS), table({"sku": "A", "title": "Pot", "price": "9 USD"}))
    assert skipped == []
    assert [(ad.about.key, ad.prompt) for ad in ads] == [
        ("A day-who-640x640", "Pot in day light, who needs Pot?, 640x640"),
        ("A day-why-640x640", "Pot in day light, only 9 USD, 640x640"),
        ("A night-who-640x640", "Pot in night light, who needs Pot?, 640x640"),
        ("A night-why-640x640", "Pot in night light, only 9 USD, 640x640"),
    ]
    assert ads[0].about.title == "Pot · day-who-640x640" and ads[0].language == "en"


def test_a_row_with_a_blank_place_is_left_out_whole() -> None:
    rows = [{"sku": "A", "title": "Pot", "price": ""}, {"sku": "", "title": "Pot", "price": "1"}]
    ads, skipped = ads_of(read_campaign(PARAMS), table(*rows, {"sku": "B", "title": "Cup", "price": "2"}))
    assert {ad.sku for ad in ads} == {"B"}
    told = [(entry.about.key, entry.reason.code, entry.reason.values["columns"]) for entry in skipped]
    assert told == [("A", "empty", "price"), ("row 3", "empty", "sku")]
    # A share without the variant that needs the price makes the row all the same.
    named = {**PARAMS, "axes": {**PARAMS["axes"], "hook": ["plain"]}}  # type: ignore[dict-item]
    assert {ad.sku for ad in ads_of(read_campaign(named), table(*rows))[0]} == {"A"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"campaign": " "}, "campaign renders blank"),
        ({"campaign": None}, "campaign must be text"),
        ({"axes": {"mood": ["calm"]}}, "no place for the axis mood"),
        ({"template": "{title} {colour} {light} {hook}"}, "no column 'colour', which the template names"),
        (
            {"axes": {"light": {"a": "{hue}"}, "hook": ["x"], "size": ["640x640"]}},
            "no column 'hue', which the axis light names",
        ),
        ({"key_column": "id"}, "no column 'id', which the param key_column names"),
        ({"photo_column": "picture"}, "no column 'picture', which the param photo_column names"),
        ({"axes": {"title": ["x"], "light": ["x"], "hook": ["x"]}}, "title is the name of an axis and of a column"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said_by_name(change: dict[str, Any], said: str) -> None:
    with pytest.raises((ConfigurationError, InvalidRequestError)) as caught:
        ads_of(read_campaign({**PARAMS, **change}), table({"sku": "A", "title": "Pot", "price": "1"}))
    assert said in str(caught.value) and "Next:" in str(caught.value)


def test_the_cheapest_come_first_row_by_row() -> None:
    ads, _ = ads_of(read_campaign(PARAMS), table(*({"sku": s, "title": s, "price": "1"} for s in "AB")))
    priced = [(ad, None if "why" in ad.prompt else 2.0 if "night" in ad.prompt else 1.0) for ad in ads]
    order = [ad.about.key.removesuffix("-640x640") for ad, _ in cheapest_first(priced) if "who" in ad.about.key]
    assert order == ["A day-who", "B day-who", "A night-who", "B night-who"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW__SORA__INPUT_PATHS", str(tmp_path))
    return tmp_path


def test_any_format_with_any_columns_is_read(folder: Path) -> None:
    rows = [{"guest": "Ada", "Day  Of": "Monday"}, {"guest": "Lin", "Day  Of": "<b>Friday</b>"}]
    files = {
        "t.csv": "guest,Day  Of\nAda,Monday\nLin,<b>Friday</b>\n",
        "t.json": json.dumps(rows),
        "t.jsonl": "\n".join(map(json.dumps, rows)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
        found = read_rows(str(folder / name))
        assert [dict(row.cells) for row in found.rows] == [
            {"guest": "Ada", "day_of": "Monday"},
            {"guest": "Lin", "day_of": "Friday"},
        ], name
        assert found.columns == ("guest", "day_of") and not found.is_catalogue


def test_a_shops_table_has_the_fields_of_a_product_besides_its_own_columns(folder: Path) -> None:
    (folder / "pot.jpg").write_bytes(b"x")
    (folder / "t.csv").write_text(
        "sku,title,selling_points,photo,market,colour\nA,Pot,pours,pot.jpg,jp,red\nA,Pot,pours,pot.jpg,jp,blue\n",
        "utf-8",
    )
    found = read_rows(str(folder / "t.csv"))
    (row,) = found.rows
    assert found.is_catalogue and row.cells["colour"] == "red" and row.cells["photo"] == str(folder / "pot.jpg")
    assert [entry.reason.code for entry in found.skipped] == ["duplicate"]
    # The same table without photos and market is one as well: a campaign need not have any.
    (folder / "t.csv").write_text("sku,title,selling_points,photo\nA,Pot,pours,\n", "utf-8")
    assert [row.cells["title"] for row in read_rows(str(folder / "t.csv")).rows] == ["Pot"]


def test_an_address_of_a_photo_is_not_made_into_words(folder: Path) -> None:
    (folder / "t.csv").write_text("guest,face\nAda,https://x.example/a.jpg?a=1&copy=2\n", "utf-8")
    (row,) = read_rows(str(folder / "t.csv"), photo_column="Face").rows
    assert row.cells["face"] == "https://x.example/a.jpg?a=1&copy=2"
