"""A list of videos from one task: the real hook, the real client, several threads."""

from __future__ import annotations

import json
import logging
import re
from types import SimpleNamespace

import pytest

from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, VideoExpiredError
from airflow_provider_sora.operators.archive import ArchiveVideosOperator
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions
from testbed.strict_gcs import StrictGcs
from tests.integration.protocol.peer import Peer, Reply, Seen
from tests.support.media import sample_mp4

CLIP = sample_mp4()
CONTENT = re.compile(r"/v1/videos/(video_\d+)(/content)?")
COUNT = 300


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    with Peer() as running:
        connection = {
            "conn_type": "sora", "host": running.url, "password": "a-key-of-tests", "extra": {"dialect": "openai"}
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
        running.otherwise = content
        yield running


def content(seen: Seen) -> Reply:
    found = CONTENT.fullmatch(seen.path.partition("?")[0])
    assert found is not None
    number = int(found[1].removeprefix("video_"))
    if found[2] and number % 100 != 99:
        # No two are alike, so that a mix-up between threads would show.
        return Reply(200, CLIP + (12).to_bytes(4, "big") + b"free" + number.to_bytes(4, "big"),
                     {"Content-Type": "video/mp4", "ETag": f'"{number}"'})  # fmt: skip
    status = "expired" if number % 100 == 99 else "completed"
    return Reply(410 if found[2] else 200, {"id": found[1], "object": "video", "status": status})


def archive(videos: list[object], destination: str, concurrency: int = 8) -> list[dict[str, object]]:
    operator = ArchiveVideosOperator(
        task_id="archive",
        videos=videos,
        destination=destination,
        concurrency=concurrency,
        archive_options={"stills": False},
    )
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="archive", map_index=-1, try_number=1)
    ti.xcom_push = lambda **kwargs: None
    return operator.execute({"ti": ti})  # type: ignore[arg-type]


def test_hundreds_from_one_task(peer: Peer, gcs_bucket: str, gcs_server: StrictGcs) -> None:
    place = f"gs://{gcs_bucket}/clips"
    videos = [VideoRecord(f"video_{n}", status="completed").to_xcom() for n in range(COUNT)]
    # Its type is the failures' own: no retry brings any of them back, so none is asked for.
    with pytest.raises(VideoExpiredError, match=f"3 of {COUNT} videos were not archived; 297 are stored"):
        archive(videos, place)
    good = [video for number, video in enumerate(videos) if number % 100 != 99]
    asked, made = len(peer.seen), dict(gcs_server.storage.made)
    kept = archive(good, place)
    assert (len(peer.seen), gcs_server.storage.made) == (asked, made), "the second run asks and moves nothing"
    assert [record["video_id"] for record in kept] == [video["video_id"] for video in good]
    assert {made[key] for key in made if key[0] == gcs_bucket} == {1}
    findings = list(verify(place))
    assert [finding.problem for finding in findings] == [None] * 2 * len(good)
    store = open_store(place)
    for number in (0, 150, 298):
        assert store.read_bytes(f"video_{number}/video.mp4").endswith(number.to_bytes(4, "big"))


def test_one_wrong_connection_or_one_fault_of_ours_leaves_the_others_alone(
    peer: Peer, gcs_bucket: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from airflow_provider_sora.archive import archiver

    stills = archiver.store_stills

    def fails_for_one(work):  # type: ignore[no-untyped-def]
        if work.record.video_id == "video_2":
            raise OSError(28, "No space left on device")
        stills(work)

    monkeypatch.setattr(archiver, "store_stills", fails_for_one)
    unknown = VideoRecord("video_1", status="completed", sora_conn_id="no_such_connection").to_xcom()
    videos = [unknown, *(VideoRecord(f"video_{n}", status="completed").to_xcom() for n in (2, 3, 4))]
    with caplog.at_level(logging.ERROR), pytest.raises(ArchiveError, match="2 of 4 videos") as caught:
        archive(videos, f"gs://{gcs_bucket}", concurrency=2)
    assert "no_such_connection" in str(caught.value) and "No space left" in str(caught.value)
    assert not caught.value.never_retry, "the full disk may be emptied"
    store = open_store(f"gs://{gcs_bucket}", ArchiveOptions())
    kept = [store.look(f"video_{number}/receipt.json") is not None for number in (1, 2, 3, 4)]
    assert kept == [False, False, True, True]


def test_no_concurrency_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="concurrency"):
        archive([VideoRecord("v").to_xcom()], "gs://b", concurrency=0)
