from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.media.media_info import MediaInfo
from airflow_provider_sora.media.mp4 import BoxWalker, inspect_mp4
from airflow_provider_sora.media.mp4_moov import MovieHeader, read_moov
from tests.support.media import grown, sample_mp4, with_c2pa


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def walk(data: bytes, step: int) -> MediaInfo:
    walker = BoxWalker()
    for at in range(0, len(data), step):
        walker.feed(data[at : at + step])
    return walker.finish()


def test_a_real_clip_tells_its_form() -> None:
    info = inspect_mp4(sample_mp4())
    assert (info.width, info.height, info.video_codec, info.audio_codec) == (320, 180, "avc1", "mp4a")
    assert info.duration_seconds == pytest.approx(1.0, abs=0.1)
    assert info.frame_rate == pytest.approx(24, abs=0.5)
    assert info.has_audio is True
    assert info.c2pa is False
    assert info.size == "320x180"


def test_a_silent_clip_says_so() -> None:
    info = inspect_mp4(sample_mp4(audio=False))
    assert info.has_audio is False
    assert info.audio_codec is None


@pytest.mark.parametrize("wide", [False, True], ids=["32-bit size", "64-bit size"])
@pytest.mark.parametrize("step", [1, 11, 1 << 20])
def test_a_c2pa_manifest_is_seen(wide: bool, step: int) -> None:
    clip = sample_mp4()
    for purpose in (b"manifest", b"original", b"update"):
        assert walk(with_c2pa(clip, purpose, wide), step) == replace(inspect_mp4(clip), c2pa=True)
    # A signed video that was signed by parts has both.
    assert walk(with_c2pa(with_c2pa(clip, b"merkle", wide), b"manifest", wide), step).c2pa is True
    assert walk(with_c2pa(with_c2pa(clip, b"manifest", wide), b"merkle", wide), step).c2pa is True


@pytest.mark.parametrize("wide", [False, True], ids=["32-bit size", "64-bit size"])
def test_what_is_no_c2pa_manifest_is_not_called_one(wide: bool) -> None:
    clip = sample_mp4()
    assert inspect_mp4(with_c2pa(clip, b"merkle", wide)).c2pa is False
    assert inspect_mp4(with_c2pa(clip, b"manifesto", wide)).c2pa is False
    assert inspect_mp4(clip + box(b"uuid", b"another usertype" + bytes(4) + b"manifest\0")).c2pa is False
    assert inspect_mp4(clip + box(b"uuid", bytes.fromhex("d8fec3d61b0e483c92975828877ec481"))).c2pa is False
    inside = clip + box(b"free", with_c2pa(clip, b"manifest", wide))
    assert inspect_mp4(inside).c2pa is False


@pytest.mark.parametrize("step", [1, 7, 4096, 1 << 20])
def test_how_the_bytes_arrive_makes_no_difference(step: int) -> None:
    data = with_c2pa(grown(sample_mp4(), 60_000))
    assert walk(data, step) == inspect_mp4(data)


def test_every_cut_is_noticed() -> None:
    data = sample_mp4()
    for length in (*range(0, 64), len(data) // 2, len(data) - 9, len(data) - 1):
        with pytest.raises(ContentError):
            inspect_mp4(data[:length])


@pytest.mark.parametrize("surplus", [b"x", b"\0" * 7, b"<html>"])
def test_surplus_bytes_are_noticed(surplus: bytes) -> None:
    with pytest.raises(ContentError):
        inspect_mp4(sample_mp4() + surplus)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>sign in</html>", "web page"),
        (b'{"error": {"message": "no"}}', "JSON"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "picture"),
        (box(b"ftyp", b"isom"), "no moov"),
        (box(b"ftyp") + box(b"moov") + box(b"moov") + box(b"mdat", b"x"), "2 moov"),
        (box(b"ftyp") + box(b"moov"), "media data"),
        (box(b"ftyp") + box(b"moov") + box(b"mdat"), "media data"),
        (box(b"ftyp") + b"\0\0\0\4free", "damaged"),
        (box(b"uuid") + box(b"moov") + box(b"mdat", b"x"), "no MP4"),
    ],
)
def test_what_is_no_video_is_told(data: bytes, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        inspect_mp4(data)


def test_large_and_endless_boxes_are_read() -> None:
    head = box(b"ftyp") + box(b"moov")
    large = b"\0\0\0\1mdat" + (16 + 5).to_bytes(8, "big") + b"12345"
    endless = b"\0\0\0\0mdat" + b"12345"
    assert inspect_mp4(head + large) == MediaInfo()
    assert inspect_mp4(head + endless) == MediaInfo()


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    with pytest.raises(ContentError):
        inspect_mp4(data)


@settings(max_examples=300)
@given(st.data())
def test_any_damage_gets_a_verdict(data: st.DataObject) -> None:
    clip = bytearray(sample_mp4())
    for _ in range(data.draw(st.integers(1, 8))):
        clip[data.draw(st.integers(0, min(len(clip) - 1, 3000)))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(inspect_mp4(bytes(clip)), MediaInfo)
    except ContentError as error:
        assert str(error)


@settings(max_examples=300)
@given(st.binary(max_size=300), st.sampled_from([b"mvhd", b"trak", b"mvex", b"tkhd", b"mdia"]))
def test_any_moov_reads_without_an_error(body: bytes, kind: bytes) -> None:
    inner = box(b"mdia", box(kind, body) + box(b"hdlr", body) + box(b"minf", box(b"stbl", body)))
    for damaged in (body, box(kind, body), box(b"trak", inner)):
        assert isinstance(read_moov(damaged), MovieHeader)  # that it does not raise is the claim
