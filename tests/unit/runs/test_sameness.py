"""What makes a product new, and what does not: a clip that was paid for is never paid for again for nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from airflow_provider_sora.inputs.catalogues import parse_catalogue
from airflow_provider_sora.inputs.pictures.looks import look_of, same_look
from airflow_provider_sora.runs.choosing.photos import PhotoDesk
from airflow_provider_sora.runs.remembered.made import product_fingerprint
from tests.unit.runs.test_choosing_products import archive_all, shop

SAMPLES = Path(__file__).parents[3] / "dags" / "include" / "products"

#: Fingerprints as the first version made them, over the same parts of a product.
BEFORE = {
    "c.csv": (
        "sku,title,selling_points,photo,market,category\n"
        'A 1,"<b>Mug</b> &amp; lid","<ul><li>thick</li><li>light</li></ul>",a.jpg,JP,Kitchen\n'
        "B,檜のマグ,厚み;軽い,p/b.jpg,jp,FOOD\n",
        ["552d4b8163fd2a8c2581", "e5521fd6246a018e3405"],
    ),
    "c.jsonl": (
        '{"sku": 7, "title": "Cup", "selling_points": ["thin", "350 ml"], "photo": "https://x.example/b.jpg",'
        ' "market": "de"}',
        ["2677e0e2f7be6d7879bc"],
    ),
}


def marks(text: str, codec: str, source: str) -> list[str]:
    return [
        product_fingerprint(photo="f" * 64, title=p.title, points=p.selling_points, market=p.market, base=p.language)
        for p in parse_catalogue(text.encode(codec), source=source).products
    ]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp932", "euc_jp"])
@pytest.mark.parametrize("source", BEFORE)
def test_what_was_paid_for_before_the_upgrade_is_known(source: str, codec: str) -> None:
    text, before = BEFORE[source]
    assert marks(text, codec, f"/shop/{source}") == before


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def samples() -> list[Path]:
    return sorted(SAMPLES.iterdir())


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_a_picture_that_was_saved_anew_looks_the_same(path: Path) -> None:
    look, image = look_of(path.read_bytes()), Image.open(path).convert("RGB")
    small = image.resize((image.width // 3, image.height // 3), Image.Resampling.LANCZOS)
    turned = image.rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # a camera's word for: turn it back
    for again in (
        saved(image, quality=45), saved(image, quality=95, progressive=True), saved(image, "PNG"),
        saved(image, "WEBP", quality=60), saved(small, quality=75), saved(turned, quality=90, exif=exif),
    ):  # fmt: skip
        assert again != path.read_bytes() and same_look(look or "", look_of(again) or "")


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_another_picture_looks_another(path: Path) -> None:
    look, image = look_of(path.read_bytes()), Image.open(path).convert("RGB")
    badge = image.copy()
    ImageDraw.Draw(badge).rectangle((image.width * 0.8, 20, image.width * 0.86, 20 + image.height * 0.05), fill="red")
    red, green, blue = image.split()
    cropped = image.crop((image.width // 20, 0, image.width, image.height))
    others = [badge, Image.merge("RGB", (green, red, blue)), cropped, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    assert not [one for one in others if same_look(look or "", look_of(saved(one, quality=90)) or "")]
    assert not [p for p in samples() if p != path and same_look(look or "", look_of(p.read_bytes()) or "")]


def test_what_is_no_picture_has_no_look() -> None:
    assert look_of(b"") is None and look_of(b"<html>") is None and look_of(b"\xff\xd8\xff cut off") is None


HEAD = (
    "Handle,Title,Body (HTML),Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty,"
    "Image Src,Status"
)


def export(folder: Path, photo: bytes, *, price: str = "9.90", stock: str = "5", extra: str = "") -> str:
    folder.mkdir(exist_ok=True)
    (folder / "mug.jpg").write_bytes(photo)
    (folder / "c.csv").write_text(
        f"{HEAD}\nmug,Mug,<p>Cedar</p>,M-S,{price},shopify,{stock},mug.jpg,active\nmug,,,M-L,{price},shopify,{stock},,\n"
        f"{extra}"
    )
    return str(folder / "c.csv")


def chosen(make_run, folder: Path, day: int, source: str) -> list[str]:
    run, kept = shop(make_run, f"r{day}", source, moment=f"2026-11-{day:02d}T12:00:00+09:00")
    archive_all(run, kept)
    return [item["about"]["key"] for item in kept["items"]]


def test_a_changed_price_stock_or_variant_pays_for_nothing(make_run, tmp_path) -> None:
    photo = (SAMPLES / "mug.jpg").read_bytes()
    assert len(chosen(make_run, tmp_path, 1, export(tmp_path / "s", photo))) == 1
    more = "mug,,,M-XL,12,shopify,3,mug.jpg,\n"
    assert chosen(make_run, tmp_path, 2, export(tmp_path / "s", photo, price="7.50", stock="1", extra=more)) == []


def test_a_photo_that_was_saved_anew_pays_for_nothing_and_another_one_does(make_run, tmp_path, monkeypatch) -> None:
    path = SAMPLES / "mug.jpg"
    image = Image.open(path).convert("RGB")
    assert len(chosen(make_run, tmp_path, 1, export(tmp_path / "s", path.read_bytes()))) == 1
    for day, again in enumerate((saved(image, quality=60), saved(image, "WEBP"), path.read_bytes()), 2):
        assert chosen(make_run, tmp_path, day, export(tmp_path / "s", again)) == []
    turned = saved(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), quality=90)
    assert len(chosen(make_run, tmp_path, 6, export(tmp_path / "s", turned))) == 1
    assert chosen(make_run, tmp_path, 7, export(tmp_path / "s", saved(image, quality=50))) == []  # back, saved anew


def test_clips_from_before_photos_were_remembered_are_caught_up_with(make_run, tmp_path) -> None:
    path = SAMPLES / "mug.jpg"
    source = export(tmp_path / "s", path.read_bytes())
    assert len(chosen(make_run, tmp_path, 1, source)) == 1
    for look in (tmp_path / "out" / "state" / "desk" / "looks").rglob("*.json"):
        look.unlink()  # as an earlier version left it
    assert chosen(make_run, tmp_path, 2, source) == []
    assert (
        chosen(make_run, tmp_path, 3, export(tmp_path / "s", saved(Image.open(path).convert("RGB"), quality=60))) == []
    )


def test_a_dry_run_remembers_no_photo(make_run, tmp_path) -> None:
    source = export(tmp_path / "s", (SAMPLES / "mug.jpg").read_bytes())
    run, _ = shop(make_run, "r1", source, dry_run=True)
    assert not list(run.store.names("state/"))
    assert PhotoDesk(run).look(str(tmp_path / "s" / "no.jpg")) is None
