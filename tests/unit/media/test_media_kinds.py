"""What videos say of themselves: right with B-frames, edit lists and fragments, and against a decoder's word."""

from __future__ import annotations

from fractions import Fraction

import pytest

from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.media.containers import container_of, described
from airflow_provider_sora.media.media_info import ShortfallError, SurplusError
from airflow_provider_sora.media.mp4 import inspect_mp4
from tests.support.odd_media import B_FRAMES, FRAGMENTED, encoded, fragmented, top_boxes

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), NTSC, Fraction(16)], ids=str)
@pytest.mark.parametrize("first", [0, 7], ids=["from 0", "edit list"])
@pytest.mark.parametrize("movflags", ["", "+faststart", FRAGMENTED], ids=["plain", "faststart", "fragmented"])
@pytest.mark.parametrize("options", [(), B_FRAMES], ids=["I and P", "B-frames"])
def test_rate_and_length_are_those_of_the_film(
    rate: Fraction, first: int, movflags: str, options: tuple[tuple[str, str], ...]
) -> None:
    info = inspect_mp4(encoded(rate=rate, first=first, movflags=movflags, options=options))
    assert info.frame_rate == pytest.approx(float(rate), abs=0.001)
    # An edit list that begins late counts as a part of the presentation where nothing fragments it.
    assert info.duration_seconds == pytest.approx(float(48 / rate), abs=float((first + 4) / rate))
    assert (info.width, info.height, info.video_codec, info.has_audio) == (160, 96, "avc1", False)


def test_a_picture_of_its_own_length_changes_the_average_only() -> None:
    assert inspect_mp4(encoded(frames=1)).frame_rate == pytest.approx(24)


@pytest.mark.parametrize(("codec", "entry"), [("libx265", "hev1"), ("libsvtav1", "av01"), ("mpeg4", "mp4v")])
def test_other_codecs_in_an_mp4(codec: str, entry: str) -> None:
    for movflags in ("", FRAGMENTED):
        info = inspect_mp4(encoded(codec=codec, movflags=movflags))
        assert (info.video_codec, info.frame_rate, info.duration_seconds) == (entry, 24.0, pytest.approx(2, abs=0.1))


def test_sound_in_fragments_is_no_part_of_the_rate() -> None:
    info = inspect_mp4(fragmented(audio="aac"))
    assert (info.audio_codec, info.has_audio, info.frame_rate) == ("mp4a", True, 24.0)
    assert info.duration_seconds == 2.0, "an encoder's padding of the sound is no film"


@pytest.mark.parametrize("more", ["+global_sidx", "+dash", "", "+delay_moov"])
def test_a_cut_between_fragments_is_found_where_the_file_says_more(more: str) -> None:
    data = fragmented(FRAGMENTED.replace("empty_moov+", "") + more if "delay" in more else FRAGMENTED + more)
    assert inspect_mp4(data).frame_rate == 24.0
    starts = [begin for kind, begin, _ in top_boxes(data) if kind == b"moof"]
    assert len(starts) >= 4, "the clip has several fragments"
    indexed = any(kind == b"sidx" for kind, _, _ in top_boxes(data[: starts[0]]))
    assert indexed == (more in ("+global_sidx", "+dash"))
    for at in starts[1:]:
        head = data[at : at + int.from_bytes(data[at : at + 4], "big")]
        with pytest.raises(ContentError, match="cut: its last fragment"):
            inspect_mp4(data[:at] + head)
        if indexed:
            with pytest.raises(ContentError, match="cut: its index lists"):
                inspect_mp4(data[:at])
        else:
            assert inspect_mp4(data[:at]).duration_seconds < 2, "nothing in the file says that more is to come"


def test_a_fragment_that_is_missing_in_the_middle_is_found_by_the_list_at_the_end() -> None:
    data = fragmented()
    boxes = top_boxes(data)
    assert boxes[-1][0] == b"mfra"
    starts = [begin for kind, begin, _ in boxes if kind == b"moof"]
    with pytest.raises(ContentError, match="fragments that it lists are not there"):
        inspect_mp4(data[: starts[1]] + data[starts[2] :])


def test_a_length_promised_in_advance_is_held_against_the_fragments() -> None:
    data = bytearray(fragmented())
    mvex = data.index(b"mvex") - 4
    mehd = (16).to_bytes(4, "big") + b"mehd" + bytes(4) + (8000).to_bytes(4, "big")
    for kind, at in ((b"moov", data.index(b"moov") - 4), (b"mvex", mvex)):
        assert data[at + 4 : at + 8] == kind
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + 16).to_bytes(4, "big")
    data[mvex + 8 : mvex + 8] = mehd
    # The list of fragments at the end has their old places.
    end = next(begin for kind, begin, _ in top_boxes(bytes(data)) if kind == b"mfra")
    with pytest.raises(ShortfallError, match="fragments last 2 s, where its beginning promises 8 s"):
        inspect_mp4(bytes(data[:end]))


def test_a_box_that_runs_to_the_end_is_held_against_its_samples() -> None:
    data = bytearray(encoded(movflags="+faststart"))
    kind, begin, end = top_boxes(bytes(data))[-1]
    assert (kind, end) == (b"mdat", len(data))
    data[begin : begin + 4] = bytes(4)
    assert inspect_mp4(bytes(data)).frame_rate == 24.0
    with pytest.raises(ContentError, match="100 bytes of its samples are missing"):
        inspect_mp4(bytes(data[:-100]))


@pytest.mark.parametrize("surplus", [b"\n", b"\r\n", b"\0", b"<!-- served by cache -->" * 9, b"\0\0\0\2junk"])
def test_what_follows_a_whole_video_is_no_cut(surplus: bytes) -> None:
    for data in (encoded(), fragmented()):
        if surplus == b"\0" and data is not encoded():
            with pytest.raises(ContentError, match="cut"):
                inspect_mp4(data + surplus)
            continue
        with pytest.raises(SurplusError):
            inspect_mp4(data + surplus)


@pytest.mark.parametrize(
    ("form", "codec", "name"),
    [("mp4", "libx264", "video.mp4"), ("mov", "libx264", "video.mov"), ("webm", "libvpx", "video.webm"),
     ("webm", "libvpx-vp9", "video.webm"), ("matroska", "libx264", "video.mkv"), ("avi", "mpeg4", "video.avi"),
     ("mpegts", "libx264", "video.ts"), ("flv", "flv", "video.flv")],
)  # fmt: skip
def test_the_first_bytes_tell_the_kind(form: str, codec: str, name: str) -> None:
    found = container_of(encoded(form, codec)[:64])
    assert found is not None
    assert found.file_name == name


@pytest.mark.parametrize(
    ("head", "words"),
    [(b"<html>", "web page"), (b"\xef\xbb\xbf{}", "JSON"), (b"\xff\xd8\xff\xe0", "picture"), (b"GIF89a\1\0", "picture"),
     (b"Gateway timeout. Try again later", "text"), ("動画はありません。".encode()[:25], "text"),
     (b"#EXTM3U\nhttp://elsewhere/a.ts", "text"), (b"ffconcat version 1.0\nfile /etc/passwd", "text")],
)  # fmt: skip
def test_what_is_no_video_is_told_without_its_bytes(head: bytes, words: str) -> None:
    assert container_of(head) is None
    assert words in described(head)
    with pytest.raises(ContentError) as caught:
        inspect_mp4(head + b"root:x:0:0:secret")
    assert "root" not in str(caught.value)
    assert "secret" not in str(caught.value)
