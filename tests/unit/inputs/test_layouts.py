"""Exports of shop systems, read as they are: one clip a product, and every row that gets none has its reason."""

from __future__ import annotations

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.catalogues import parse_catalogue, preview
from airflow_provider_sora.inputs.catalogues.layouts import FIELDS, layouts
from tests.unit.inputs.shapes import CDN, FIRST, SHAPES, SHOPIFY, rows


@pytest.mark.parametrize(("name", "text", "layout", "skus", "reasons"), SHAPES, ids=[shape[0] for shape in SHAPES])
def test_a_shops_own_export(name, text, layout, skus, reasons) -> None:
    found = parse_catalogue(text.encode(), source="/shop/export")
    assert found.layout == layout
    assert [product.sku for product in found.products] == skus
    told = {entry["row"]: entry["reason"] for entry in found.skipped}
    assert told.keys() == reasons.keys()
    assert all(told[row].startswith(reason) for row, reason in reasons.items()), told
    assert {field: getattr(found.products[0], field) for field in FIRST[name]} == FIRST[name]


def test_every_layout_is_tried() -> None:
    assert {layout.name for layout in layouts()} == {shape[2] for shape in SHAPES} | {"own"}


def test_every_layout_says_what_a_product_needs() -> None:
    for layout in layouts():
        assert set(layout.fields) <= set(FIELDS) and set(layout.needs) <= set(layout.fields), layout.name


def test_the_market_of_the_run_counts_where_the_export_has_none() -> None:
    markets = [p.market for p in parse_catalogue(SHOPIFY.encode(), source="/c", market="DE").products]
    assert markets == ["de", "de"]
    (rakuten,) = parse_catalogue(SHAPES[6][1].encode(), source="/c", market="us").products
    assert rakuten.market == "us"
    own = "sku,title,selling_points,photo,market\nA,Mug,p,a.jpg,FR\nB,Mug,p,a.jpg,\n"
    assert [p.market for p in parse_catalogue(own.encode(), source="/c", market="de").products] == ["fr", "de"]


TABLE = rows(
    ["Artikelnr", "Bezeichnung", "Vorteil 1", "Vorteil 2", "Bild 1"],
    ["0815", "Krug", "", "spülmaschinenfest", f"{CDN}/krug.jpg"],
    mark=";",
)  # fmt: skip
MAPPING = {"sku": "Artikelnr", "title": "bezeichnung", "selling_points": ["Vorteil 1", "Vorteil 2"], "photo": "Bild 1"}


def test_any_other_table_is_read_by_a_mapping() -> None:
    found = parse_catalogue(TABLE.encode(), source="/c.csv", columns={**MAPPING, "market": "=DE", "brand": "=Nord"})
    (product,) = found.products
    assert found.layout == "columns"
    assert (product.sku, product.title, product.selling_points, product.market, product.brand) == (
        "0815", "Krug", "spülmaschinenfest", "de", "Nord"
    )  # fmt: skip


def test_a_mapping_changes_a_known_layout_where_it_says_so() -> None:
    found = parse_catalogue(SHOPIFY.encode(), source="/c", columns={"sku": "Variant SKU", "market": "=jp"})
    assert [(p.sku, p.market) for p in found.products] == [("B-S", "jp"), ("F", "jp")]
    assert len(found.skipped) == 4  # the shop's own rules still hold


def test_relative_photos_of_a_shop_are_found_below_its_media_folder() -> None:
    magento = next(shape[1] for shape in SHAPES if shape[0] == "magento")
    base = {"photo_base": "=https://shop.example/media/catalog/product/"}
    (product,) = parse_catalogue(magento.encode(), source="/c.csv", columns=base).products
    assert product.photo == "https://shop.example/media/catalog/product/w/s/main.jpg"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"name": "Titel"}, "names the field 'name', but a product has sku, title"),
        ({**MAPPING, "photo": "Bild"}, "takes 'photo' from 'Bild', which is no column of it; it has 5 columns"),
        ({"sku": "Artikelnr", "title": "Bezeichnung"}, "says nothing of photo"),
        ({**MAPPING, "sku": 5}, "gives 'sku' no column"),
        ({**MAPPING, "sku": []}, "gives 'sku' no column"),
    ],
)
def test_a_mapping_that_cannot_be_right(columns, said) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        parse_catalogue(TABLE.encode(), source="https://shop.example/c.csv", columns=columns)


def test_an_unknown_table_is_told_which_mapping_to_write(tmp_path) -> None:
    (tmp_path / "c.csv").write_text(TABLE, "utf-8")
    with pytest.raises(InvalidRequestError) as raised:
        preview(str(tmp_path / "c.csv"))
    said = str(raised.value)
    assert "Artikelnr, Bezeichnung, Vorteil 1, Vorteil 2, Bild 1" in said and "Nothing was paid" in said
    assert (
        '{"sku": "Artikelnr", "title": "Bezeichnung", "selling_points": "…", "photo": "Bild 1", "market": "=de"}'
        in said
    )


def test_the_preview_has_exactly_what_is_promised(tmp_path) -> None:
    (tmp_path / "c.csv").write_text(SHOPIFY, "utf-8")
    found = preview(str(tmp_path / "c.csv"), market="us")
    assert list(found) == ["layout", "products", "skipped"]
    assert all(list(product) == list(FIELDS) for product in found["products"])
    assert all(list(entry) == ["row", "reason"] for entry in found["skipped"])
