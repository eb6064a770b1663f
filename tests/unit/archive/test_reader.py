from __future__ import annotations

import base64
import hashlib
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import google_crc32c
import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.archive.copying.reader import ContentReader
from airflow_provider_sora.exceptions import ContentError, RateLimitedError, VideoExpiredError
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.destination import parse_destination
from airflow_provider_sora.stores.folders.local import LocalStore
from tests.support.content import MemorySource
from tests.support.media import grown, sample_mp4

DATA = grown(sample_mp4(), 3_000_000)


def reader_of(source: MemorySource, **settings: int) -> ContentReader:
    return ContentReader(source, "v", sleep=lambda seconds: None, **settings)


def test_a_whole_video_is_read_and_vouched_for() -> None:
    source = MemorySource(DATA)
    with reader_of(source) as reader:
        reader.open()
        assert reader.total == len(DATA)
        assert b"".join(reader) == DATA
    assert reader.digest is not None
    assert reader.digest.sha256 == hashlib.sha256(DATA).hexdigest()
    assert base64.b64decode(reader.digest.crc32c) == google_crc32c.value(DATA).to_bytes(4, "big")
    assert reader.media is not None
    assert reader.media.width == 320
    assert reader.received == len(DATA)


@pytest.mark.parametrize("ranges", [True, False])
def test_breaks_are_healed_where_they_happened(ranges: bool) -> None:
    source = MemorySource(DATA, breaks=[0, 1_100_000, 2_200_000], ranges=ranges)
    with reader_of(source) as reader:
        assert b"".join(reader) == DATA
    assert [offset for _, offset in source.opened] == [0, 0, 1_100_000, 2_200_000]
    assert reader.received == len(DATA)


def test_a_source_that_never_moves_on_is_given_up() -> None:
    source = MemorySource(DATA, breaks=[1_000_000] * 20)
    with reader_of(source, max_stalls=3) as reader, pytest.raises(ContentError, match="no second render") as caught:
        b"".join(reader)
    assert "1000000" in str(caught.value)
    assert len(source.opened) == 4


@pytest.mark.parametrize("lie", [-1000, 1000])
def test_a_lie_about_the_length_never_hands_out_the_end(lie: int) -> None:
    source = MemorySource(DATA, lie=lie)
    got = b""
    with reader_of(source) as reader, pytest.raises(ContentError):
        for block in reader:
            got += block
    assert len(got) < len(DATA) + lie, "as many bytes as announced would complete an upload"
    assert reader.digest is None


def test_without_a_length_the_boxes_decide() -> None:
    with reader_of(MemorySource(DATA, announce=False)) as reader:
        assert reader.open().total is None
        assert b"".join(reader) == DATA
    with reader_of(MemorySource(DATA[:-5], announce=False)) as reader, pytest.raises(ContentError, match="cut"):
        b"".join(reader)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "image/webp"])
def test_another_type_is_refused_at_once(kind: str) -> None:
    source = MemorySource(DATA, content_type=kind)
    with reader_of(source) as reader, pytest.raises(ContentError, match="where a video belongs"):
        reader.open()
    assert len(source.opened) == 1


def test_a_video_called_plain_text_is_a_video_and_plain_text_is_none() -> None:
    with reader_of(MemorySource(DATA, content_type="text/plain")) as reader:
        assert b"".join(reader) == DATA
    source = MemorySource(b"upstream timed out, try later", content_type="text/plain")
    with reader_of(source) as reader, pytest.raises(ContentError, match="sent text where a video belongs"):
        b"".join(reader)
    assert len(source.opened) == 1


def test_a_video_that_changes_meanwhile_is_refused() -> None:
    class Changing(MemorySource):
        def open_content(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            if self.opened:
                self.data = b"\0" * len(DATA)
            return super().open_content(*args, **kwargs)

    source = Changing(DATA, breaks=[1_500_000], ranges=False)
    with reader_of(source) as reader, pytest.raises(ContentError, match="changed on the server"):
        b"".join(reader)


def test_another_etag_or_total_is_another_video() -> None:
    class Changing(MemorySource):
        def open_content(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            if self.opened:
                self.etag, self.lie = '"2"', self.lie
            return super().open_content(*args, **kwargs)

    with reader_of(Changing(DATA, breaks=[1_500_000])) as reader, pytest.raises(ContentError, match="another ETag"):
        b"".join(reader)


def test_expiry_midway_stops_at_once() -> None:
    class Expiring(MemorySource):
        def open_content(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            if self.opened:
                raise VideoExpiredError("gone")
            return super().open_content(*args, **kwargs)

    with reader_of(Expiring(DATA, breaks=[1_500_000])) as reader, pytest.raises(VideoExpiredError):
        b"".join(reader)


@dataclass
class Resting(MemorySource):
    """Breaks once, and asks for an hour's patience whenever the rest is asked for."""

    asked: threading.Event = field(default_factory=threading.Event)

    def open_content(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        if self.opened:
            self.opened.append((None, 0))
            self.asked.set()
            raise RateLimitedError("wait", retry_after=3600.0)
        return super().open_content(*args, **kwargs)


def test_a_server_that_asks_for_an_hour_is_left_to_the_next_try() -> None:
    waits: list[float] = []
    with (
        ContentReader(Resting(DATA, breaks=[1_500_000]), "v", max_stalls=3, sleep=waits.append) as reader,
        pytest.raises(ContentError, match="A retry costs no second render"),
    ):
        b"".join(reader)
    assert waits == [0.5, 60.0, 60.0]


def test_a_task_that_is_ended_does_not_wait_for_a_source_that_rests(tmp_path: Path) -> None:
    class Ended(LocalStore):
        def put_stream(self, name: str, reader: Any, **more: Any) -> Any:
            reader.read(1000)
            assert source.asked.wait(10)
            raise KeyboardInterrupt

    source = Resting(DATA, breaks=[1_500_000])
    place = f"file://{tmp_path}"
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        archive_video(
            source,
            VideoRecord("v", base_url="http://h/v1", status="completed"),
            destination=place,
            store=Ended(parse_destination(place)),
        )
    assert time.monotonic() - begin < 10
    assert len(source.opened) == 2
    assert not any(thread.name == "read-ahead" for thread in threading.enumerate())
