"""The shop's DAG: two chained remixes a product, paid once for each fingerprint."""

from __future__ import annotations

from tests.support.animatic import KEY


def test_products_get_two_chained_remixes_and_are_paid_once(bench) -> None:
    result = bench.run("ecommerce_product_video", max_items=2)
    assert result.state == "success", result.states()
    assert bench.paid() == 6
    jobs = {job["id"]: job for job in bench.server.jobs()}
    chains = [j for j in jobs.values() if (jobs.get(j["remixed_from_video_id"]) or {}).get("remixed_from_video_id")]
    assert len(chains) == 2  # a remix of a remix for each product
    index = bench.index()
    assert [video["labels"]["sku"] for video in index["videos"]] == ["MUG-01"] * 3 + ["CHR-07"] * 3
    assert all(video["links"]["thumbnail"] for video in index["videos"])
    assert index["videos"][0]["labels"]["brand"] == "hinoki" and index["videos"][0]["labels"]["market"] == "jp"

    # The rest is taken by the next run; then an unchanged catalogue costs nothing.
    assert bench.run("ecommerce_product_video").state == "success"
    assert bench.paid() == 12
    assert bench.run("ecommerce_product_video").state == "success"
    assert bench.paid() == 12
    assert [entry["status"] for entry in bench.index()["skipped"]] == ["unchanged"] * 4


def test_a_failed_variant_costs_the_product_nothing_else(bench) -> None:
    error = {"code": "render_failed", "message": "the renderer gave up"}
    bench.server.fault(on="remix", action="fail_job", error=error, match="畳", times=None)
    result = bench.run("ecommerce_product_video", max_items=1, max_failed_share=1)
    states = result.states()
    assert result.state == "success", states
    assert [states[f"product.{name}[0]"] for name in ("archive_base", "archive_first", "archive_second")] == [
        "success", "success", "upstream_failed"
    ]  # fmt: skip
    assert len(bench.names("/video.mp4")) == 2
    index = bench.index()
    assert [entry["clip"] for entry in index["failed"]] == ["second remix"]


def test_a_server_without_remix_is_said_before_anything_is_paid(bench, capsys, sora_connection) -> None:
    sora_connection(bench.server.url, KEY, dialect={"base": "animatic", "calls": ["create", "get", "content"]})
    result = bench.run("ecommerce_product_video", max_items=1)
    assert result.state == "failed" and bench.paid() == 0
    assert "remix: off" in capsys.readouterr().out

    assert bench.run("ecommerce_product_video", max_items=1, variant_fallback="recreate").state == "success"
    assert bench.paid() == 3 and len(bench.names("/video.mp4")) == 3


def test_a_catalogue_in_a_bucket_with_a_connection_of_its_own(bench, monkeypatch) -> None:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    from airflow_provider_sora.stores.google import google_auth

    bucket = storage.Client(project="test", credentials=AnonymousCredentials()).bucket(bench.bucket)
    bucket.blob("shop/c.csv").upload_from_string(
        "sku,title,selling_points,photo,market,brand\n"
        "A,Mug,thick,p/mug.jpg,us,newsroom\n"  # no brand of ours, though a desk is called so
        f"B,Cup,thin,gs://prod_admin@{bench.bucket}/shop/p/mug.jpg,us,\n"
    )
    bucket.blob("shop/p/mug.jpg").upload_from_filename(bench.folder / "include" / "products" / "mug.jpg")
    used = []
    storage_client = google_auth.storage_client
    monkeypatch.setattr(
        google_auth, "storage_client", lambda options: used.append(options.gcp_conn_id) or storage_client(options)
    )
    result = bench.run(
        "ecommerce_product_video", catalogue=f"gs://{bench.bucket}/shop/c.csv", gcp_conn_id="shop_gcp", remix="off"
    )
    assert result.state == "success", result.states()
    assert bench.paid() == 1 and "cypress wood" in bench.server.jobs()[0]["prompt"]
    assert set(used) == {"shop_gcp"}
    index = bench.read(next(name for name in bench.names("/index.json") if "_runs" in name))
    assert [entry["reason"] for entry in index["skipped"]] == [
        "its photo cannot be used: photo names a user or a connection; the run's own connection reads it, without one"
    ]
