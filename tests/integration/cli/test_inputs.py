"""``airflow sora catalogue`` and ``airflow sora feed``: what a run would see, as a person and as a program read it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

EXPORT = (
    "Handle,Title,Body (HTML),Vendor,Type,Published,Variant SKU,Image Src,Status\n"
    'mug,Cedar Mug,"<p>Light &amp; warm</p>",Hinoki,Kitchen,true,A1,https://cdn.shop.example/mug.jpg,active\n'
    "mug,,,,,,A2,https://cdn.shop.example/mug-2.jpg,\n"
    "pot,Draft Pot,<p>Later</p>,Hinoki,Kitchen,true,B1,https://cdn.shop.example/pot.jpg,draft\n"
)
FEED = (
    '<rss version="2.0"><channel><title>Desk</title>'
    "<item><title>R&amp;D centre opens</title><link>https://news.example/1</link></item><item></item></channel></rss>"
)


def sora(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow", "sora", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_an_export_is_shown_as_a_run_would_see_it(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT)
    done = sora("catalogue", str(tmp_path / "export.csv"), "--output", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"layout", "products", "skipped"} and found["layout"] == "shopify"
    (mug,) = found["products"]
    assert (mug["sku"], mug["title"], mug["selling_points"]) == ("mug", "Cedar Mug", "Light & warm")
    assert mug["photo"] == "https://cdn.shop.example/mug.jpg"
    assert [set(entry) for entry in found["skipped"]] == [{"row", "reason"}]
    table = sora("catalogue", str(tmp_path / "export.csv")).stdout
    assert "layout shopify: 1 products" in table and "Cedar Mug" in table and "left out: 1" in table


def test_any_table_is_read_through_columns(tmp_path: Path) -> None:
    path = tmp_path / "preise.csv"
    path.write_bytes("Artikelnr;Bezeichnung;Text;Bild 1\n7;Krug;spülfest;https://s.example/k.jpg\n".encode("cp1252"))
    done = sora("catalogue", str(path))
    assert done.returncode == 2 and '"sku": "Artikelnr"' in done.stderr and "Traceback" not in done.stderr
    columns = ("sku=Artikelnr", "title=Bezeichnung", "selling_points=Text", "photo=Bild 1", "market==de")
    done = sora("catalogue", str(path), "--output", "json", "--columns", *columns)
    assert done.returncode == 0, done.stderr
    (krug,) = json.loads(done.stdout)["products"]
    assert (krug["sku"], krug["selling_points"], krug["market"]) == ("7", "spülfest", "de")


def test_a_feed_is_shown_with_what_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(FEED)
    done = sora("feed", str(tmp_path / "feed.xml"), "--output", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [item["title"] for item in found["items"]] == ["R&D centre opens"]
    assert len(found["skipped"]) == 1 and found["skipped"][0]["reason"]
    assert "items:" in sora("feed", str(tmp_path / "feed.xml"), "--output", "yaml").stdout
    done = sora("feed", str(tmp_path / "none.xml"), "--output", "json")
    assert (done.returncode, done.stdout) == (2, "") and "Traceback" not in done.stderr
