"""Cleaning real archives: what goes, what stays, what others say of it then, and what interrupts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from airflow_provider_sora.archive.afterwards.totals import report
from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.archive.stages import DRAFT, DRAFT_ID, FINAL, STAGE
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.gallery.archives import read_archives
from airflow_provider_sora.gallery.filling import fill
from airflow_provider_sora.gallery.shelf import Shelf
from airflow_provider_sora.retention.cleaning import clean
from airflow_provider_sora.retention.finding import find
from airflow_provider_sora.review.place import open_place, read_trail
from airflow_provider_sora.review.promotion import promote
from airflow_provider_sora.stores.open import open_store
from tests.integration.review.clips import FOLDER, decide, made
from tests.support.animatic import KEY, lent_server
from tests.support.object_stores import fresh_name, moto

SOON = datetime.now(UTC) + timedelta(days=2)  # as if all of it were old
CLIPS = ["rejected", "drafts", "undecided"]


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    with moto() as server:
        yield server


@pytest.fixture(params=["file", "gs", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "file":
        return f"file://{tmp_path}/archive"
    if request.param == "s3":
        server, name = request.getfixturevalue("s3_server"), fresh_name("s3")
        for key, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}.items():
            monkeypatch.setenv(f"AWS_{key}", value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", server)
        import boto3

        boto3.client("s3").create_bucket(Bucket=name)
        return f"s3://{name}/archive"
    request.getfixturevalue("gcs_server")
    return f"gs://{request.getfixturevalue('gcs_bucket')}/archive"


@pytest.fixture
def archive(root: str) -> str:
    """A clip of every kind, each named by what it is."""
    for name in ("rejected", "approved", "undecided"):
        made(root, name)
    made(root, "draft-with-final", **{STAGE: DRAFT})
    made(root, "draft-alone", **{STAGE: DRAFT})
    made(root, "final", **{STAGE: FINAL, DRAFT_ID: "draft-with-final"})
    decide(place(root, "rejected"), "rejected")
    for name in ("approved", "draft-with-final", "draft-alone", "final"):
        decide(place(root, name), "approved")
    approved = place(root, "approved")
    promote(approved, read_trail(approved))
    return root


def place(root: str, name: str):
    return open_place(f"{root}/{FOLDER}/{name}/receipt.json")


def names(root: str) -> set[str]:
    return {found.name.removeprefix(f"{FOLDER}/") for found in open_store(root).list()}


def test_each_kind_is_found_and_only_that_goes(archive: str) -> None:
    store = open_store(archive)
    found = find(store, CLIPS, SOON)
    assert found.problems == []
    assert sorted((one.what, one.video_id) for one in found.candidates) == [
        ("drafts", "draft-with-final"),
        ("rejected", "rejected"),
        ("undecided", "undecided"),
    ]
    before = names(archive)
    for one in find(store, ["rejected"], SOON).candidates:
        assert one.bytes > 1000 and clean(store, one).endswith("objects deleted")
    gone = before - names(archive)
    assert {name.partition("/")[0] for name in gone} == {"rejected"} and "rejected/video.mp4" in gone
    assert {"rejected/receipt.json", "rejected/decision-0001.json", "rejected/cleaned.json"} <= names(archive)
    assert [one.what for one in find(store, CLIPS, SOON).candidates] == ["drafts", "undecided"]


def test_nothing_young_is_found(archive: str) -> None:
    assert find(open_store(archive), CLIPS, datetime.now(UTC) - timedelta(days=400)).candidates == []


def test_the_archive_is_whole_afterwards_its_sums_are_the_same_and_the_gallery_shows_what_is_there(
    archive: str, tmp_path: Path
) -> None:
    shelf, (shown,) = Shelf(tmp_path / "shelf.sqlite"), read_archives(archive)
    fill(shown, shelf)
    before, listed = report(archive).total, shelf.folders(shown.id, "")
    store = open_store(archive)
    for one in find(store, ["rejected"], SOON).candidates:
        clean(store, one)
    findings = list(verify(archive))
    assert [finding for finding in findings if finding.problem] == []
    assert any("was deleted on purpose, see cleaned.json" in (finding.note or "") for finding in findings)
    assert report(archive).total == before
    fill(shown, shelf)
    assert listed - shelf.folders(shown.id, "") == {f"{FOLDER}/rejected"}


def test_a_clip_that_somebody_decided_about_meanwhile_stays(archive: str) -> None:
    store = open_store(archive)
    (one,) = find(store, ["rejected"], SOON).candidates
    decide(place(archive, "rejected"), "approved")
    with pytest.raises(ArchiveError, match="somebody has decided about this clip since it was looked at"):
        clean(store, one)
    assert "rejected/video.mp4" in names(archive) and "rejected/cleaned.json" not in names(archive)


def test_an_interrupted_cleaning_is_gone_on_with(archive: str) -> None:
    store = open_store(archive)
    (one,) = find(store, ["rejected"], SOON).candidates
    delete = store.delete

    def failing(name: str) -> None:
        if name.endswith("video.mp4"):
            raise ArchiveError("503")
        delete(name)

    store.delete = failing  # type: ignore[method-assign]
    with pytest.raises(ArchiveError, match="503"):
        clean(store, one)
    assert "rejected/cleaned.json" in names(archive)
    again = open_store(archive)
    for one in find(again, ["rejected"], SOON).candidates:
        clean(again, one)
    assert "rejected/video.mp4" not in names(archive)


def test_what_somebody_else_put_there_stays_and_a_damaged_receipt_is_told(root: str) -> None:
    made(root, "rejected")
    decide(place(root, "rejected"), "rejected")
    store = open_store(root)
    store.put_bytes(f"{FOLDER}/rejected/notes.txt", b"mine", content_type="text/plain", metadata={})
    store.put_bytes(f"{FOLDER}/broken/receipt.json", b"{}", content_type="application/json", metadata={})
    found = find(store, CLIPS, SOON)
    assert [where.rpartition("/")[0].rpartition("/")[2] for where, _ in found.problems] == ["broken"]
    for one in found.candidates:
        clean(store, one)
    assert {"rejected/notes.txt", "broken/receipt.json"} <= names(root)


def test_the_scenes_of_a_film_that_is_joined_stay(root: str) -> None:
    pytest.importorskip("av", reason="joining needs [media]")
    from airflow_provider_sora.archive.cutting.concat import concat_videos
    from airflow_provider_sora.archive.receipt import record_in
    from airflow_provider_sora.stores.options import ArchiveOptions

    records = []
    for name in ("scene-1", "scene-2"):
        receipt_uri = made(root, name)
        receipt = open_place(receipt_uri).receipt
        records.append(record_in(receipt).changed(uri=receipt["objects"]["video"]["uri"], receipt_uri=receipt_uri))
    made(root, "alone")
    concat_videos(records, destination=f"{root}/{FOLDER}", options=ArchiveOptions())
    found = find(open_store(root), ["undecided"], SOON).candidates
    cut = next(one for one in found if one.video_id not in ("alone",))
    assert sorted(one.video_id for one in found) == sorted(["alone", cut.video_id])
    assert cut.video_id not in ("scene-1", "scene-2")


def test_old_states_and_account_books_go_and_the_memory_of_what_was_made_stays(root: str) -> None:
    store = open_store(root)
    old = [f"state/shop/turns/202601{day:02}T090000Z-a.json" for day in range(1, 13)]
    kept = [
        "state/shop/claims/a/1.json",
        "state/shop/clips/f.json",
        "state/shop/looks/s/p.json",
        "state/shop/jobs/a/b.json",
    ]
    books = [
        "spending/2026-01/00000001.json",
        "spending/2026-01-00001/00001000.json",
        "spending/2026-01-keys/a/000001.json",
        "spending/2026-11/00000001.json",
    ]
    for name in (*old, *kept, *books):
        store.put_bytes(name, b"{}", content_type="application/json", metadata={})
    found = find(store, ["state", "spending"], datetime(2026, 11, 20, tzinfo=UTC))
    assert sorted(name for one in found.candidates for name in one.names) == sorted([*old[:2], *books[:3]])
    for one in found.candidates:
        clean(store, one)
    assert names(root) == {*old[2:], *kept, books[3]}


@pytest.fixture
def made_there(root: str, sora_connection, tmp_path: Path):
    """An approved clip that a server still has."""
    with lent_server() as server:
        sora_connection(server.url, KEY)
        from airflow_provider_sora.archive.archiver import archive_video
        from airflow_provider_sora.hooks.sora import SoraHook
        from airflow_provider_sora.record import VideoRecord
        from airflow_provider_sora.tasks.archiving.archive_support import Opened

        hook = SoraHook()
        job = hook.create_video("a mug", model="sora-2", seconds=4, size="1280x720")
        while not job.status.is_final:
            job = hook.get_video(job.id)
        opened = Opened(None, {})
        record, hook = opened.open(VideoRecord(job.id, sora_conn_id="sora_default"))
        archive_video(hook, record, destination=f"{root}/{FOLDER}", complete=opened.completer(hook))
        yield server, job.id


def test_a_servers_copy_goes_once_its_clip_is_archived_and_decided(root: str, made_there) -> None:
    server, video_id = made_there
    store = open_store(root)
    assert find(store, ["remote"], SOON).candidates == [], "somebody may still ask for a change"
    decide(place(root, video_id), "approved")
    (one,) = find(store, ["remote"], SOON).candidates
    assert clean(store, one).startswith("deleted by Animatic")
    assert [job["id"] for job in server.jobs()] == []
    assert find(store, ["remote"], SOON).candidates == []
    assert {f"{video_id}/video.mp4", f"{video_id}/server-copy.json"} <= names(root)
    assert [finding for finding in verify(root) if finding.problem] == []


def test_a_server_that_forgot_it_is_fine_and_another_server_is_asked_for_nothing(
    root: str, made_there, sora_connection
) -> None:
    server, video_id = made_there
    decide(place(root, video_id), "approved")
    store = open_store(root)
    (one,) = find(store, ["remote"], SOON).candidates
    with lent_server() as other:
        sora_connection(other.url, KEY)
        with pytest.raises(ConfigurationError, match="so nothing was deleted"):
            clean(store, one)
    sora_connection(server.url, KEY)
    httpx.delete(f"{server.url}/videos/{video_id}", headers={"authorization": f"Bearer {KEY}"}).raise_for_status()
    assert clean(store, one) == "the server knows it no longer"


def sora(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow_provider_sora", "clean", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "COLUMNS": "240"})


def test_the_command_shows_first_and_deletes_only_what_it_is_told(tmp_path: Path) -> None:
    root = f"file://{tmp_path}/archive"
    for name in ("rejected", "undecided"):
        made(root, name)
        receipt = tmp_path / "archive" / FOLDER / name / "receipt.json"
        receipt.write_text(receipt.read_text().replace('"archived_at": "20', '"archived_at": "19'))
    decision = decide(place(root, "rejected"), "rejected").decisions[0]
    path = tmp_path / "archive" / FOLDER / "rejected" / "decision-0001.json"
    path.write_text(path.read_text().replace(decision.at, decision.at.replace("2026", "1926")))

    shown = sora(root)
    assert shown.returncode == 0, shown.stderr
    assert "rejected: 1," in shown.stdout and "undecided: 1," in shown.stdout
    assert "another one costs a render" in shown.stdout and "Nothing was deleted." in shown.stdout
    assert "rejected/video.mp4" in names(root)

    refused = sora(root, "--yes")
    assert refused.returncode == 2 and "--yes without --what would delete all at once" in refused.stderr
    for words, said in ((["--what", "reject"], "Did you mean 'rejected'"), (["--older-than", "0"], "at least 1 day")):
        refused = sora(root, *words)
        assert refused.returncode == 2 and said in refused.stderr

    done = sora(root, "--what", "rejected", "--yes", "--output", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (row,) = told["found"]
    assert told["deleted"] is True and row["what"] == "rejected" and row["outcome"].endswith("objects deleted")
    assert "rejected/video.mp4" not in names(root) and "undecided/video.mp4" in names(root)
    assert sora(root, "--what", "rejected").stdout.strip().endswith("Nothing may go.")
