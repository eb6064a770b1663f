"""The news DAG from feed to index: what is paid, what is stored, and what a failing article costs the others."""

from __future__ import annotations

import json

import pytest

from tests.support.animatic import KEY

BROKEN = {"code": "render_failed", "message": "the renderer gave up"}
NOBODY_LISTENS = json.dumps({"conn_type": "http", "host": "http://127.0.0.1:9"})
BLOCKED = {"code": "moderation_blocked", "message": "Your request was blocked by our moderation system."}


def test_an_item_that_fails_costs_no_other_its_clip_and_the_next_run_pays_nothing(bench) -> None:
    bench.server.fault(on="create", action="fail_job", error=BROKEN, match="Exports of machine tools", times=None)
    result = bench.run("news_insert", max_items=3)
    assert result.state == "success", result.states()
    states = result.states()
    assert [states[f"article.archive[{n}]"] for n in range(3)] == ["success", "upstream_failed", "success"]
    assert [states[f"article.archive_remix[{n}]"] for n in range(3)] == ["success", "upstream_failed", "success"]
    videos = bench.names("/video.mp4")
    assert len(videos) == 4 and all("/unreviewed/news_insert/" in name for name in videos)
    assert len({name.rsplit("/", 2)[0] for name in videos}) == 2  # an article's insert and remix share a folder
    assert any("北国で初雪" in name for name in videos)

    button = result.xcom("index", key="_link_IndexPageLink")
    assert button == f"https://storage.cloud.google.com/{result.xcom('index')['index'].removeprefix('gs://')}"

    run_index = bench.index()
    assert run_index["notice"] == "AI generated – unreviewed"
    assert [bool(video["parent_id"]) for video in run_index["videos"]] == [False, True, False, True]
    insert = run_index["videos"][0]
    assert insert["labels"]["guid"] == "example-2026-1101-snow" and insert["labels"]["language"] == "ja"
    assert insert["labels"]["article_url"] == "https://news.example/ja/first-snow"
    failed = {entry["clip"]: entry["reason"] for entry in run_index["failed"]}
    assert failed["insert"].startswith("VideoFailedError") and "not made" in failed["remix"]
    assert [entry["key"] for entry in run_index["skipped"]] == ["example-2026-1031-garden"]
    receipt = bench.read(videos[0].replace("video.mp4", "receipt.json"))
    assert receipt["labels"]["review"] == "pending" and receipt["labels"]["desk"] == "newsroom"

    paid = bench.paid()
    again = bench.run("news_insert", max_items=3)  # the fourth article had to wait until now
    assert again.state == "success" and bench.paid() == paid + 2
    third = bench.run("news_insert", max_items=3)
    assert third.state == "success" and bench.paid() == paid + 2
    day = bench.read(next(name for name in bench.names("/index.json") if "_runs" not in name))
    assert len(day["videos"]) == 6 and day["skipped"] == [] and len(day["failed"]) == 2


def test_most_items_failing_fails_the_run_and_tells_people(bench, monkeypatch) -> None:
    told = []
    monkeypatch.setattr("airflow_provider_sora.runs.reporting.report.post_notice", lambda *call: told.append(call))
    monkeypatch.setenv("AIRFLOW_CONN_DESK_CHAT", NOBODY_LISTENS)
    bench.server.fault(on="create", action="fail_job", error=BLOCKED, times=None)
    result = bench.run("news_insert", max_items=1, notify_conn_id="desk_chat")
    assert result.state == "failed" and result.states()["index"] == "failed"
    ((conn_id, body),) = told
    assert conn_id == "desk_chat" and "1 of 1 items failed" in body["text"] and "index.html" in body["text"]
    assert "PolicyRefusalError" in body["text"]


def test_a_notice_that_cannot_be_delivered_fails_nothing(bench, monkeypatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DESK_CHAT", NOBODY_LISTENS)
    bench.server.fault(on="create", action="fail_job", error=BLOCKED, times=None)
    result = bench.run("news_insert", max_items=1, max_failed_share=1, notify_conn_id="desk_chat")
    assert result.state == "success", result.states()


def test_remix_off_and_a_second_size(bench) -> None:
    result = bench.run("news_insert", max_items=1, remix="off", second_size="720x1280")
    assert result.state == "success", result.states()
    assert bench.paid() == 2 and {job["size"] for job in bench.server.jobs()} == {"1280x720", "720x1280"}
    assert result.states()["article.remix[0]"] == "skipped"


def test_a_dry_run_submits_nothing_and_selects_nothing(bench) -> None:
    result = bench.run("news_insert", max_items=2, dry_run=True, page_language="ja")
    assert result.state == "success", result.states()
    assert bench.paid() == 0 and not bench.names("inputs.json") and not [n for n in bench.names() if "/claims/" in n]
    page = bench.read(next(name for name in bench.names("/index.html")))
    assert "予行" in page and "$1.60" in page and "「北国で初雪、平年より六日早く」" in page


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"feed": "/nowhere/feed.xml"}, "/nowhere/feed.xml lies outside the folders"),
        ({"destination": "gs://no-such-bucket/x"}, "does not exist"),
        ({"size": "640x480"}, "size"),
    ],
)
def test_bad_input_is_said_before_anything_is_paid(bench, capsys, params, said) -> None:
    result = bench.run("news_insert", **params)
    assert result.state == "failed" and bench.server.stats()["paid_posts"] == 0
    assert {result.tries(task) for task in ("check", "index")} == {1}  # trying again cannot help
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("host", "key", "said"), [("", KEY, "switched its Sora models"), (None, "a-wrong-key", "check the key")]
)
def test_a_bad_connection_is_said_before_anything_is_paid(bench, sora_connection, monkeypatch, host, key, said) -> None:
    told = []
    monkeypatch.setattr(
        "airflow_provider_sora.runs.reporting.report.post_notice", lambda *call: told.append(call[1]["text"])
    )
    monkeypatch.setenv("AIRFLOW_CONN_DESK_CHAT", NOBODY_LISTENS)
    sora_connection(bench.server.url if host is None else host, key)
    result = bench.run("news_insert", notify_conn_id="desk_chat")
    assert result.state == "failed" and result.tries("check") == 1 and bench.server.stats()["paid_posts"] == 0
    # The run's page and the notice say why nothing was made, and that nothing was paid.
    index = bench.index()
    assert index["note"]["code"] == "never_chose" and said in index["note"]["reason"]
    (text,) = told
    assert said in text and "0 jobs submitted, $0.00" in text and "/index.html" in text


@pytest.mark.parametrize(
    ("destination", "said"), [("gs://no-such-bucket/x", "page could not be written"), ("", "No destination")]
)
def test_a_run_without_a_page_is_told_too(bench, monkeypatch, destination, said) -> None:
    told = []
    monkeypatch.setattr(
        "airflow_provider_sora.runs.reporting.report.post_notice", lambda *call: told.append(call[1]["text"])
    )
    result = bench.run("news_insert", destination=destination, notify_conn_id="desk_chat")
    assert result.state == "failed" and bench.server.stats()["paid_posts"] == 0
    (text,) = told
    assert said in text and "paid" in text


def test_a_run_that_dies_before_its_inputs_are_kept_costs_nothing_and_loses_nothing(bench, monkeypatch) -> None:
    from airflow_provider_sora.runs.planned import PlannedRun

    def die(*args, **kwargs):
        raise RuntimeError("the worker was killed")

    with monkeypatch.context() as patched:
        patched.setattr(PlannedRun, "keep", die)
        assert bench.run("news_insert", max_items=1).state == "failed"
    # Under each of the names by which it may come again.
    assert bench.paid() == 0 and [name for name in bench.names() if "/claims/" in name]
    assert bench.run("news_insert", max_items=1).state == "success"
    assert bench.paid() == 2 and len(bench.names("/inputs.json")) == 2  # the dead run is closed, with nothing in it


@pytest.mark.parametrize("dag_id", ["news_insert", "ecommerce_product_video"])
def test_prompts_and_signed_photo_addresses_stay_out_of_the_log(bench, dag_id) -> None:
    """Airflow logs what a task returns, unless it is told not to."""
    assert bench._dag(dag_id).get_task("select").show_return_value_in_logs is False


def test_a_western_feed_ends_in_archived_clips_and_its_stories_are_paid_once(bench, tmp_path) -> None:
    """Latin-1 that names no encoding, one story twice, one article cut in two; the next day with other tracking."""
    head = '<rss version="2.0"><channel><title>Notícias</title><language>pt-BR</language>'
    entry = "<item><title>{}</title><link>{}</link><guid>{}</guid></item>"
    bridge = ("Município anuncia programa de educação; nova ponte será aberta", "https://news.example/ponte", "101#0")
    again = (bridge[0], "http://news.example/ponte/?utm_source=rss#top", "101#1")
    cafe = ("Café à beira-mar reabre – “enfim”", "https://news.example/cafe?a=1&b=2", "102")
    first, second = tmp_path / "monday.xml", tmp_path / "tuesday.xml"
    cut = "<item><title>Prefeito anuncia que n"
    first.write_bytes((head + "".join(entry.format(*one) for one in (bridge, again, cafe)) + cut).encode("cp1252"))
    result = bench.run("news_insert", feed=str(first), remix="off")
    assert result.state == "success", result.states()
    assert bench.paid() == 2 and len(bench.names("/video.mp4")) == 2
    prompts = [bench.read(name)["request"]["prompt"] for name in bench.names("/receipt.json")]
    for title in (bridge[0], "Café à beira-mar reabre – 'enfim'"):
        assert [f"“{title}”" in prompt for prompt in prompts].count(True) == 1
    assert not any(character == "\ufffd" or "\u3041" <= character <= "\u9fff" for character in "".join(prompts))
    assert {video["labels"]["language"] for video in bench.index()["videos"]} == {"pt"}
    assert sorted(entry["code"] for entry in bench.index()["skipped"]) == ["cut_article", "twice"]

    second.write_bytes((head + entry.format(*again) + entry.format(*cafe) + "</channel></rss>").encode("cp1252"))
    result = bench.run("news_insert", feed=str(second), remix="off")
    assert result.state == "success" and bench.paid() == 2
    assert [entry["code"] for entry in bench.index()["skipped"]] == ["taken", "taken"]
