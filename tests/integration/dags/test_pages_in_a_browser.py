"""What an editor and a merchandiser open in the morning, in Japanese, as a browser shows it."""

from __future__ import annotations

from pathlib import Path

import pendulum

from tests.integration.dags import hostile
from tests.integration.dags.conftest import Bench
from tests.support.browser import needs_browser, opened

NIGHT = pendulum.datetime(2026, 11, 22, 0, 30, tz="Asia/Tokyo")
BLOCKED = {"code": "moderation_blocked", "message": "Your request was blocked by our moderation system."}


def exported(bench: Bench, folder: Path) -> dict[str, Path]:
    """The bucket on local disk, and its pages by their place below the DAG's folder."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    bucket = storage.Client(project="test", credentials=AnonymousCredentials()).bucket(bench.bucket)
    pages = {}
    for name in bench.names():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        bucket.blob(name).download_to_filename(str(path))
        if name.endswith("/index.html"):
            pages["run" if "/_runs/" in name else "day"] = path
    return pages


@needs_browser
def test_a_day_of_news_in_japanese(bench: Bench, tmp_path: Path) -> None:
    bench.server.fault(on="create", action="fail_job", error=BLOCKED, match="Harbour museum", times=None)
    articles = [*hostile.good_articles(2, NIGHT), *hostile.left_out_articles(NIGHT)]
    feed = hostile.write_feed(tmp_path / "feed.xml", articles)
    result = bench.run("news_insert", logical_date=NIGHT, feed=feed, page_language="ja")
    assert result.states()["index"] == "success"
    pages = exported(bench, tmp_path / "archive")
    for page in pages.values():
        dom = opened(page, tmp_path / "browser", until="<title>plays")
        assert "<title>plays 4.0</title>" in dom
        assert dom.count("<article") == 2 and dom.count('poster="data:image/webp;base64,') == 2
        # A made one, what failed and what was left out, each in the page's language.
        for words in (
            "港町の朝市が再開",
            "リミックス",
            "AI生成・未確認",
            "サーバーが拒否",
            "見出しも本文もなし",
            "自殺",
        ):
            assert words in dom, words
        assert "no title" not in dom and "not made" not in dom


@needs_browser
def test_a_dry_run_of_the_shop_in_japanese(bench: Bench, tmp_path: Path) -> None:
    catalogue = hostile.write_catalogue(tmp_path / "catalogue.csv", hostile.catalogue_of_500(tmp_path))
    result = bench.run(
        "ecommerce_product_video", logical_date=NIGHT, catalogue=catalogue, max_items=3, dry_run=True,
        page_language="ja",
    )  # fmt: skip
    assert result.state == "success", result.states()
    dom = opened(exported(bench, tmp_path / "archive")["run"], tmp_path / "browser")
    assert "檜のトレー" in dom and "変更は一つだけ" in dom and "$1.20" in dom
    assert dom.count("<details") >= 1, "hundreds that only wait are folded away"
    assert bench.paid() == 0
