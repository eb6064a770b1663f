"""A Shopify export as it is, with pictures beside it, through the shop's DAG into archived clips."""

from __future__ import annotations

import shutil

HEAD = "Handle,Title,Body (HTML),Vendor,Type,Published,Variant SKU,Variant Price,Image Src,Image Position,Status\n"
EXPORT = (
    HEAD + 'cedar-mug,Cedar Mug,"<p>Turned by hand &amp; light.</p><ul><li>warm</li><li>dry</li></ul>",'
    "Hinoki Lab,Kitchen,TRUE,CM-S,19.80,mug.jpg,1,active\n"
    "cedar-mug,,,,,,CM-L,24.80,chair.jpg,2,\n"
    "green-tea,Green Tea,First flush,Hinoki Lab,Food,TRUE,GT-1,12.00,tea.webp,1,active\n"
    "sample-tray,Sample Tray,Not ready,Hinoki Lab,Kitchen,FALSE,ST-1,9.00,,,draft\n"
)


def test_a_shopify_export_becomes_archived_clips(bench) -> None:
    folder = bench.folder / "include" / "export"
    shutil.copytree(bench.folder / "include" / "products", folder)
    (folder / "products_export.csv").write_text(EXPORT)
    params = {"catalogue": str(folder / "products_export.csv"), "market": "US", "remix": "off"}
    result = bench.run("ecommerce_product_video", **params)
    assert result.state == "success", result.states()
    index = bench.index()
    assert [video["labels"]["sku"] for video in index["videos"]] == ["cedar-mug", "green-tea"]
    assert {video["labels"]["market"] for video in index["videos"]} == {"us"}
    assert [(entry["row"], entry["reason"]) for entry in index["skipped"]] == [(5, "a draft in the shop")]
    assert len(bench.names("/video.mp4")) == len(bench.names("/receipt.json")) == bench.paid() == 2
    prompts = [job["prompt"] for job in bench.server.jobs()]
    assert any("Turned by hand & light. warm; dry" in prompt and "<" not in prompt for prompt in prompts)

    # The next day: other prices, one variant less. Nothing that a clip shows has changed.
    lines = [line for line in EXPORT.replace("19.80", "17.50").splitlines() if "CM-L" not in line]
    (folder / "products_export.csv").write_text("\n".join(lines))
    assert bench.run("ecommerce_product_video", **params).state == "success"
    assert bench.paid() == 2


def test_a_file_that_nobody_named_for_inputs_is_not_shown(bench, monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.delenv("AIRFLOW__SORA__INPUT_PATHS")
    secret = tmp_path / "credentials"
    secret.write_text("user,hunter2,host\n")
    for source in (str(secret), f"file://{secret}", "/proc/self/environ", "/etc/passwd"):
        assert bench.run("ecommerce_product_video", catalogue=source).state == "failed"
        index = bench.index()
        told = f"{index}{capsys.readouterr().out}"
        assert "outside the folders from which this deployment lets inputs be read" in told
        assert "hunter2" not in told and "root:" not in told and "AIRFLOW_HOME=" not in told
    assert bench.paid() == 0


def test_any_table_through_the_params(bench) -> None:
    folder = bench.folder / "include" / "products"
    (folder / "preise.csv").write_bytes(
        "Artikelnr;Bezeichnung;Bild 1\r\n0815;Becher für Tee;mug.jpg\r\n".encode("cp1252")
    )
    result = bench.run(
        "ecommerce_product_video", catalogue=str(folder / "preise.csv"), remix="off",
        columns={"sku": "Artikelnr", "title": "Bezeichnung", "photo": "Bild 1", "market": "=de"},
    )  # fmt: skip
    assert result.state == "success", result.states()
    (video,) = bench.index()["videos"]
    assert (video["labels"]["sku"], video["labels"]["market"]) == ("0815", "de")
    assert "Becher für Tee" in bench.server.jobs()[0]["prompt"]
