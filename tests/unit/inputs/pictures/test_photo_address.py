"""What a catalogue's photo cell may name, and what not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.catalogues import parse_catalogue, read_catalogue
from airflow_provider_sora.inputs.pictures.photo_address import photo_address

SIGNED = "https://cdn.example/a.jpg?X-Goog-Signature=" + "0f" * 270 + "&section=2&region=jp"


@pytest.mark.parametrize(
    ("cell", "source", "found"),
    [
        ("p/a.jpg", "/shop/c.csv", "/shop/p/a.jpg"),
        (" ./p/../my  photo #1?.jpg ", "/shop/c.csv", "/shop/my  photo #1?.jpg"),
        ("か\u3099く.jpg", "file:///shop%20one/c.csv", "/shop one/か\u3099く.jpg"),
        ("/shop/p/a.jpg", "/shop/c.csv", "/shop/p/a.jpg"),
        ("p/a.jpg", "https://shop.example/x/c.csv?token=a/b#c", "https://shop.example/x/p/a.jpg"),
        ("p/a.jpg", "gs://b/x/c.csv", "gs://b/x/p/a.jpg"),
        ("p/a.jpg", "s3://conn@b/c.csv", "s3://conn@b/p/a.jpg"),  # whoever named the catalogue named this connection
        (SIGNED, "/shop/c.csv", SIGNED),
        ("gs://other/a b.jpg", "/shop/c.csv", "gs://other/a b.jpg"),
        ("S3://b/a.jpg", "/shop/c.csv", "S3://b/a.jpg"),
        (None, "/shop/c.csv", ""),
    ],
)
def test_what_a_cell_may_name(cell: object, source: str, found: str) -> None:
    assert photo_address(cell, source) == found


def test_in_a_relative_catalogue_no_cell_is_taken_for_something_else() -> None:
    for cell in ("file-abc123", "~root/a.png", "file_id:x"):
        assert photo_address(cell, "c.csv") == os.path.join(os.getcwd(), cell)


@pytest.mark.parametrize(
    ("cell", "source", "said"),
    [
        ("/etc/logo.png", "/shop/c.csv", "leads out of the catalogue's folder"),
        ("../logo.png", "/shop/c.csv", "leads out of the catalogue's folder"),
        ("p/../../logo.png", "/shop/c.csv", "leads out of the catalogue's folder"),
        ("/shop-two/a.png", "/shop/c.csv", "leads out of the catalogue's folder"),
        ("/shop/c.png", "https://shop.example/c.csv", "leads out of the catalogue's folder"),
        ("../a.png", "gs://b/x/c.csv", "leads out of the catalogue's folder"),
        ("p/../../a.png", "local:///shop/x/c.csv", "leads out of the catalogue's folder"),
        ("file:///etc/logo.png", "/shop/c.csv", "is a file:// address"),
        ("FILE://[x/a.png", "/shop/c.csv", "is a FILE:// address"),
        ("local:///etc/logo.png", "gs://b/c.csv", "is a local:// address"),
        ("ftp://10.0.0.1/a.png", "/shop/c.csv", "is a ftp:// address"),
        ("gs://prod_admin@bucket/a.png", "gs://b/c.csv", "names a user or a connection"),
        ("s3://aws_admin@bucket/a.png", "/shop/c.csv", "names a user or a connection"),
        ("https://user:word@shop.example/a.png", "/shop/c.csv", "names a user or a connection"),
        ("data:image/png;base64,AAAA", "/shop/c.csv", "holds its content itself"),
        ("a\x00.png", "/shop/c.csv", "control characters"),
        ("https://x.example/" + "a" * 4000, "/shop/c.csv", "longer than 4000"),
    ],
)
def test_what_a_cell_may_not_name_costs_its_row_alone(cell: str, source: str, said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        photo_address(cell, source)
    rows = [{"sku": n, "title": "t", "selling_points": "p", "photo": photo, "market": "us"} for n, photo in
            enumerate((cell, "a.png"))]  # fmt: skip
    found = parse_catalogue("\n".join(map(json.dumps, rows)).encode(), source=source)
    assert [product.sku for product in found.products] == ["1"]
    assert said in found.skipped[0]["reason"]


def test_the_runs_connection_reads_cloud_storage_and_nothing_else() -> None:
    def named(cell: str, source: str) -> str:
        return photo_address(cell, source, gcp_conn_id="shop_gcp")

    assert named("gs://b/a.png", "/shop/c.csv") == "gs://shop_gcp@b/a.png"
    assert named("a.png", "gs://b/c.csv") == "gs://shop_gcp@b/a.png"
    assert named("a.png", "gs://own@b/c.csv") == "gs://own@b/a.png"
    assert named("s3://b/a.png", "/shop/c.csv") == "s3://b/a.png"
    assert named("a.png", "/shop/c.csv") == "/shop/a.png"


def test_names_that_a_disk_tells_apart_are_found_on_it(tmp_path: Path) -> None:
    names = ["か\u3099く.jpg", "my  photo.jpg", "a&section=b.jpg"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    rows = "".join(f"S{n},Mug,thick,{name},us\n" for n, name in enumerate(names))
    (tmp_path / "c.csv").write_text("sku,title,selling_points,photo,market\n" + rows)
    found = read_catalogue(f" {tmp_path}/c.csv ").products
    assert len(found) == 3 and all(os.path.exists(product.photo) for product in found)


def test_the_products_own_address_keeps_every_character() -> None:
    head = "sku,title,selling_points,photo,market,url\n"
    url = "https://shop.example/p?id=1&section=2&region=jp"
    rows = f"A,t,p,a.jpg,us,{url}\nB,t,p,a.jpg,us,javascript:alert(1)\n"
    assert [p.url for p in parse_catalogue((head + rows).encode(), source="/c.csv").products] == [url, ""]
