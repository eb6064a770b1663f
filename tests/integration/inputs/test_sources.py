"""Feeds and catalogues from a real web server and a real (emulated) bucket."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError, ServerFaultError, SoraError
from airflow_provider_sora.inputs.catalogues import read_catalogue
from airflow_provider_sora.inputs.feeds import read_feed, read_feeds
from airflow_provider_sora.inputs.sources.pictures import fetch
from airflow_provider_sora.runs.choosing.photos import PhotoDesk
from airflow_provider_sora.stores.google import google_auth
from tests.support.storage import gcs_bucket, gcs_server

__all__ = ["gcs_bucket", "gcs_server"]

FEED = '<rss version="2.0"><channel><title>t</title><item><title>{}</title></item></channel></rss>'
CATALOGUE = "sku,title,selling_points,photo,market\nA,檜のマグ,厚み,p/か\u3099 1.jpg,jp\n"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, tuple[str, bytes]]]:
    """Pages of a web server on this machine, by path: content type and body; ``served["url"][0]`` is its address."""
    pages: dict[str, tuple[str, bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content_type, body = pages[self.path]
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.path != "/drip":
                self.wfile.write(body)
                return
            for byte in body:
                try:
                    self.wfile.write(bytes([byte]))
                except OSError:
                    return  # the reader has gone
                time.sleep(0.1)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages["url"] = (f"http://127.0.0.1:{server.server_address[1]}", b"")
    named = f"{os.environ['AIRFLOW__SORA__INPUT_PATHS']}, {pages['url'][0]}"
    monkeypatch.setenv("AIRFLOW__SORA__INPUT_PATHS", named)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield pages
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("title", "codec", "content_type"),
    [
        ("Новости", "koi8_r", "application/rss+xml; charset=koi8-r"),
        ("台風が北へ", "iso2022_jp", 'text/xml; charset="ISO-2022-JP"'),
        ("台風が北へ", "euc_jp", "text/xml; charset=EUC-JP"),
        ("台風が北へ", "utf_8", "text/xml; charset=ISO-8859-1"),
        ("台風が北へ", "euc_jp", "text/xml"),
    ],
)
def test_a_feed_is_read_in_the_encoding_that_its_server_names(served, title, codec, content_type) -> None:
    served["/feed"] = (content_type, FEED.format(title).encode(codec))
    assert read_feed(served["url"][0] + "/feed").items[0].title == title


def test_a_host_that_drips_is_given_up(served, monkeypatch) -> None:
    served["/drip"] = ("text/xml", FEED.format("x" * 500).encode())  # a minute at its pace
    monkeypatch.setattr("airflow_provider_sora.inputs.sources.documents.PATIENCE", 0.5)
    began = time.monotonic()
    with pytest.raises(ServerFaultError, match=r"no whole answer within 0\.5 s\. Nothing was paid"):
        read_feed(served["url"][0] + "/drip")
    assert time.monotonic() - began < 30


def test_a_catalogue_on_the_web(served) -> None:
    served["/c.csv"] = ("text/csv; charset=shift_jis", CATALOGUE.replace("か\u3099", "a").encode("cp932"))
    (product,) = read_catalogue(served["url"][0] + "/c.csv").products
    assert product.title == "檜のマグ" and product.photo == served["url"][0] + "/p/a 1.jpg"


def test_the_runs_connection_reads_the_catalogue_its_photos_and_the_feed(gcs_bucket, monkeypatch) -> None:
    used: list[str | None] = []
    storage_client = google_auth.storage_client

    def noting(options: Any) -> Any:
        used.append(options.gcp_conn_id)
        return storage_client(options)

    bucket = a_bucket(gcs_bucket)
    bucket.blob("shop/c.csv").upload_from_string(CATALOGUE.encode())
    bucket.blob("shop/p/か\u3099 1.jpg").upload_from_string(b"photo")
    bucket.blob("feed.xml").upload_from_string(FEED.format("雪").encode())
    monkeypatch.setattr(google_auth, "storage_client", noting)
    (product,) = read_catalogue(f"gs://{gcs_bucket}/shop/c.csv", gcp_conn_id="shop_gcp").products
    options: Any = {"max_bytes": 100, "timeout": 10.0, "conn_id": None, "allow_private_hosts": False}
    assert fetch(product.photo, **options) == b"photo"
    assert read_feeds([f"gs://{gcs_bucket}/feed.xml"], gcp_conn_id="desk_gcp").items[0].title == "雪"
    assert used == ["shop_gcp", "shop_gcp", "desk_gcp"]


def test_the_photos_of_a_catalogue_cost_one_login_for_each_connection(gcs_bucket, monkeypatch) -> None:
    used: list[str | None] = []
    storage_client = google_auth.storage_client
    monkeypatch.setattr(
        google_auth, "storage_client", lambda options: used.append(options.gcp_conn_id) or storage_client(options)
    )
    bucket = a_bucket(gcs_bucket)
    for number in range(20):
        bucket.blob(f"{number}.jpg").upload_from_string(b"%d" % number)
    photos = [f"gs://{conn}{gcs_bucket}/{number}.jpg" for conn in ("", "shop_gcp@") for number in range(20)]
    run: Any = None
    found = PhotoDesk(run).sha256([*photos, f"gs://{gcs_bucket}/missing.jpg"])
    assert [found[photo] for photo in photos] == [hashlib.sha256(b"%d" % n).hexdigest() for n in range(20)] * 2
    assert "does not exist" in str(found[f"gs://{gcs_bucket}/missing.jpg"])
    assert sorted(str(conn) for conn in used) == ["None", "shop_gcp"]


def a_bucket(name: str) -> Any:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    return storage.Client(project="test", credentials=AnonymousCredentials()).bucket(name)


def test_what_is_not_in_the_bucket_is_named_as_what_it_is(gcs_bucket) -> None:
    with pytest.raises(InvalidRequestError, match=f"^'gs://{gcs_bucket}/no.csv' does not exist. Nothing was paid"):
        read_catalogue(f"gs://{gcs_bucket}/no.csv")


@pytest.mark.parametrize("source", ["https://[x/feed", "file://[x/feed", "gs://", "s3://b/[x"])
def test_what_is_no_address_is_one_clear_error(source: str) -> None:
    with pytest.raises(SoraError, match="Nothing was paid"):
        read_feed(source)
