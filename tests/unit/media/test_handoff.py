"""Timelines for editors, read back by OpenTimelineIO: which frame of which clip stands where, and what changed."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import opentimelineio as otio
import pytest

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.edit import Caption, Card, Clip, Edit, Music
from airflow_provider_sora.media.cut.film import Plan, cut_film, plan_film
from airflow_provider_sora.media.handoff.changes import changes, told
from airflow_provider_sora.media.handoff.events import Dissolve, Event, events_of, handles
from airflow_provider_sora.media.handoff.timeline_files import Media, Written, write_timelines
from tests.support.clips import make_clip
from tests.support.films import greys, tune

NTSC = Fraction(24000, 1001)


@pytest.fixture
def clips(tmp_path: Path) -> dict[str, str]:
    """Three clips whose pictures tell their numbers, the second of another rate, the third silent."""
    found = {}
    for name, form in {
        "a": {"frames": 72},
        "b": {"frames": 60, "rate": 30, "first": 100},
        "c": {"frames": 48, "sound": None},
    }.items():
        (tmp_path / f"{name}.mp4").write_bytes(make_clip(**form))  # type: ignore[arg-type]
        found[name] = str(tmp_path / f"{name}.mp4")
    return found


def planned(clips: dict[str, str], music: Music | None = None, **more: Any) -> Plan:
    return plan_film(
        Edit(
            (
                Card("Title", 1, blend=6, name="title"),
                Clip(clips["a"], 0.5, 2.5, blend=7, name="first", captions=(Caption(0.5, 1, "Hello", "Ann"),)),
                Clip(clips["b"], 0.2, 1.8, name="second"),
                Clip(clips["c"], name="third"),
            ),
            rate=Fraction(24),
            music=music,
            **more,
        )
    )


FILES = ("clips/001_card.png", "clips/002_first.mp4", "clips/003_second.mp4", "clips/004_third.mp4")


def items(timeline: Any, kind: str = "Video") -> list[Any]:
    (track,) = [track for track in timeline.tracks if track.kind == kind][:1]
    return list(track)


def ranges(timeline: Any, rate: float = 24) -> list[tuple[str, float, float, float]]:
    """File, first frame in the file, and begin and length in the film, of each clip of the pictures."""
    track = next(track for track in timeline.tracks if track.kind == "Video")
    found = []
    for item in track:
        if isinstance(item, otio.schema.Clip):
            here = track.range_of_child(item)
            found.append(
                (
                    item.media_reference.target_url if hasattr(item.media_reference, "target_url") else item.name,
                    item.source_range.start_time.rescaled_to(rate).value,
                    here.start_time.rescaled_to(rate).value,
                    here.duration.rescaled_to(rate).value,
                )
            )
    return found


@pytest.fixture
def written(clips: dict[str, str]) -> Written:
    return write_timelines(planned(clips), Media(FILES), "A film")


def test_a_dissolve_lies_across_a_cut_and_the_handles_are_told(clips: dict[str, str]) -> None:
    plan = planned(clips)
    first = events_of(plan.timeline)[1]
    assert events_of(plan.timeline) == (
        Event(0, 0, 21, Fraction(0)),
        Event(1, 21, 41, Fraction(15, 24), Dissolve(3, 3)),
        Event(2, 62, 35, Fraction(0.2) + Fraction(3, 24), Dissolve(3, 4)),
        Event(3, 97, 48, Fraction(0)),
    )
    before, behind = handles(first, plan.facts[1], plan.timeline)
    assert (float(before), float(behind)) == (0.625, pytest.approx(3 - 0.625 - 41 / 24))


EXPECTED = [
    ("clips/001_card.png", 0, 0, 21),
    ("clips/002_first.mp4", 15, 21, 41),
    ("clips/003_second.mp4", pytest.approx(7.8, abs=0.5), 62, pytest.approx(35)),
    ("clips/004_third.mp4", 0, pytest.approx(97), 48),
]


@pytest.mark.parametrize("form", ["otio_json", "fcp_xml"])
def test_the_timeline_is_read_back_as_it_was_meant(written: Written, form: str) -> None:
    text = written.otio if form == "otio_json" else written.fcp_xml
    timeline = otio.adapters.read_from_string(text, form)
    assert timeline.name == "A film"
    assert ranges(timeline) == EXPECTED
    offsets = [
        (t.in_offset.value, t.out_offset.value) for t in items(timeline) if isinstance(t, otio.schema.Transition)
    ]
    assert offsets == [(3, 3), (3, 4)]
    whole = [c.media_reference.available_range for c in items(timeline) if isinstance(c, otio.schema.Clip)]
    assert [(r.duration.value, r.duration.rate) for r in whole] == [(24, 24), (72, 24), (60, 30), (48, 24)]
    sounds = items(timeline, "Audio")
    assert [type(item).__name__ for item in sounds][:4] == ["Gap", "Clip", "Transition", "Clip"]
    (marker,) = timeline.tracks.markers
    assert marker.name == "Ann: Hello" and marker.marked_range.start_time.value == 18 + 12


def test_a_dissolve_of_sound_is_one_of_sound(written: Written) -> None:
    media = ElementTree.fromstring(written.fcp_xml).find(".//sequence/media")
    assert media is not None
    for kind in ("video", "audio"):
        dissolves = media.findall(f"{kind}/track/transitionitem")
        assert dissolves and {one.findtext("effect/mediatype") for one in dissolves} == {kind}


def test_an_edl_has_every_cut_and_dissolve(written: Written) -> None:
    assert written.edl is not None and written.problem is None
    timeline = otio.adapters.read_from_string(written.edl, "cmx_3600", rate=24)
    clips = [item for item in items(timeline) if isinstance(item, otio.schema.Clip)]
    assert sum(clip.duration().value for clip in clips) == 145
    assert [clip.name for clip in clips] == ["Card 1", "first", "second", "third"]
    assert written.edl.count(" D 0") == 2 and "* FROM CLIP: clips/004_third.mp4" in written.edl
    assert max(len(line.split()[1]) for line in written.edl.splitlines() if line[:3].isdigit()) <= 8


def test_what_the_timeline_says_is_what_the_film_shows(clips: dict[str, str], tmp_path: Path) -> None:
    """Frame for frame, outside the dissolves: the editor's program finds the frames that our own film has."""
    edit = Edit((Clip(clips["a"], 0.5, 2, blend=8), Clip(clips["c"], 0.25), Clip(clips["a"], 2.5)), rate=Fraction(24))
    film = cut_film(edit, str(tmp_path / "film.mp4"))
    seen = greys(str(tmp_path / "film.mp4"))
    text = write_timelines(film.plan, Media((clips["a"], clips["c"], clips["a"])), "Film").fcp_xml
    timeline = otio.adapters.read_from_string(text, "fcp_xml")  # its tracks go with it
    track = next(one for one in timeline.tracks if one.kind == "Video")
    checked = 0
    for number, item in enumerate(track):
        if not isinstance(item, otio.schema.Clip):
            continue
        begin, source = round(track.range_of_child(item).start_time.value), round(item.source_range.start_time.value)
        lead = (
            track[number - 1].out_offset.value
            if number and isinstance(track[number - 1], otio.schema.Transition)
            else 0
        )
        follow = track[number + 1] if number + 1 < len(track) else None
        tail = follow.in_offset.value if isinstance(follow, otio.schema.Transition) else 0
        own = greys(item.media_reference.target_url)
        for frame in range(round(lead), round(item.source_range.duration.value - tail)):
            assert seen[begin + frame] == pytest.approx(own[source + frame], abs=4)
            checked += 1
    assert checked == len(seen) - 8


def test_music_is_repeated_to_the_films_end(clips: dict[str, str], tmp_path: Path) -> None:
    plan = planned(clips, Music(tune(tmp_path / "m.wav", 3), start=1))
    text = write_timelines(plan, Media(FILES, ("music/music.wav", Fraction(2))), "Film").fcp_xml
    timeline = otio.adapters.read_from_string(text, "fcp_xml")
    tracks = [one for one in timeline.tracks if one.kind == "Audio"]
    music = [(c.source_range.start_time.value, c.duration().value) for c in tracks[-1]]
    assert music == [(24, 48), (24, 48), (24, 48), (24, 1)]
    assert {c.media_reference.target_url for c in tracks[-1]} == {"music/music.wav"}


def test_a_loop_ends_on_its_first_shot(clips: dict[str, str]) -> None:
    plan = plan_film(Edit((Clip(clips["a"], name="a"), Clip(clips["c"], name="c")), loop=10))
    timeline = otio.adapters.read_from_string(
        write_timelines(plan, Media(("a.mp4", "c.mp4")), "Loop").otio, "otio_json"
    )
    assert ranges(timeline) == [("a.mp4", 10, 0, 62), ("c.mp4", 0, 62, 43), ("a.mp4", 5, 105, 5)]


def test_broadcast_rates_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "n.mp4").write_bytes(make_clip(frames=48, rate=NTSC))
    plan = plan_film(Edit((Clip(str(tmp_path / "n.mp4"), 0.5, name="n"), Clip(str(tmp_path / "n.mp4"), name="n"))))
    made = write_timelines(plan, Media(("n.mp4", "n.mp4")), "Film")
    assert "<timebase>24</timebase>" in made.fcp_xml and "<ntsc>TRUE</ntsc>" in made.fcp_xml
    timeline = otio.adapters.read_from_string(made.fcp_xml, "fcp_xml")
    assert [(begin, length) for _, _, begin, length in ranges(timeline, float(NTSC))] == [
        (0, pytest.approx(36)),
        (pytest.approx(36), pytest.approx(48)),
    ]
    assert made.edl is not None or made.problem


@pytest.mark.parametrize("film_rate", [16, 24])
def test_clips_of_a_rate_without_a_timecode_are_handed_over(tmp_path: Path, film_rate: int) -> None:
    """Many models that one runs oneself make 16 pictures a second; 48 says the same to the frame."""
    (tmp_path / "w.mp4").write_bytes(make_clip(frames=32, rate=16))
    clip = str(tmp_path / "w.mp4")
    shots = (Clip(clip, 0.5, blend=4, name="one"), Clip(clip, 0.25, 1.75, name="two"))
    made = write_timelines(plan_film(Edit(shots, rate=Fraction(film_rate))), Media(("w.mp4", "w.mp4")), "Film")
    assert made.problem is None and made.edl and made.fcp_xml
    cut = 1.5 * film_rate - 2  # the dissolve lies half before it
    begun = pytest.approx(0.25 * film_rate + 2, abs=0.8)
    expected = [("w.mp4", 0.5 * film_rate, 0, cut), ("w.mp4", begun, cut, 1.5 * film_rate - 2)]
    for text, form in ((made.otio, "otio_json"), (made.fcp_xml, "fcp_xml")):
        timeline = otio.adapters.read_from_string(text, form)
        assert ranges(timeline, film_rate) == expected, form
        first = next(iter(timeline.find_clips()))
        assert first.media_reference.available_range.duration.rescaled_to(16).value == 32
    timecode = 48 if film_rate == 16 else 24
    edl = otio.adapters.read_from_string(made.edl, "cmx_3600", rate=timecode)
    lengths = [clip.duration().rescaled_to(film_rate).value for clip in edl.find_clips()]
    assert lengths == [cut - 2, 1.5 * film_rate], "there a dissolve belongs to the second clip"


def test_a_rate_that_no_timecode_can_say_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    (tmp_path / "w.mp4").write_bytes(make_clip(frames=34, rate=17))
    plan = plan_film(Edit((Clip(str(tmp_path / "w.mp4"), name="one"),)))
    made = write_timelines(plan, Media(("w.mp4",)), "Film")
    assert made.fcp_xml is None and made.edl is None and "17 frames a second" in str(made.problem)
    assert ranges(otio.adapters.read_from_string(made.otio, "otio_json"), 17) == [("w.mp4", 0, 0, 34)]


def test_without_the_extra_it_is_said_what_to_install(clips: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(clips)
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    with pytest.raises(ConfigurationError, match=r"need OpenTimelineIO.*airflow-provider-sora\[edit\]"):
        write_timelines(plan, Media(FILES), "Film")


def shot(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "number": number, "name": name, "video_id": f"video_{name}", "words": None, "source": [0.0, 4.0],
        "frames": 96, "blend": 0, "captions": [], **more,
    }  # fmt: skip


def listed(*shots: dict[str, Any], **film: Any) -> dict[str, Any]:
    numbered = [{**one, "number": number} for number, one in enumerate(shots, 1)]
    return {"film": {"rate": "24", "size": "1280x720", "music": None, "loop": 0, **film}, "shots": numbered}


def test_what_changed_is_a_list() -> None:
    before = listed(shot(1, "one"), shot(2, "two"), shot(3, "three"), shot(4, "four"), shot(5, "five"))
    after = listed(
        shot(1, "two", source=[0.5, 4.0], frames=84),
        shot(2, "three", video_id="video_new"),
        shot(3, "new"),
        shot(4, "one"),
        shot(5, "five", captions=[{"text": "Hi"}]),
        music="abc",
    )
    found = changes(before, after)
    assert [told(change) for change in found] == [
        "Film: other music (none before, abc now)",
        "Shot 1, two: trimmed (0 to 4 s before, 0.5 to 4 s now)",
        "Shot 1, two: other length (96 before, 84 now)",
        "Shot 2, three: new material (video_three before, video_new now)",
        "Shot 3, new: added",
        "Shot 4, one: moved (1 before, 4 now)",
        "Shot 5, five: other captions (0 of them before, 1 of them now)",
        "Shot 4, four: removed",
    ]
    assert changes(before, before) == []


def test_a_clip_that_stands_twice_is_told_apart() -> None:
    before, after = listed(shot(1, "a"), shot(2, "a")), listed(shot(1, "a"), shot(2, "a", blend=12), shot(3, "a"))
    assert [told(change) for change in changes(before, after)] == [
        "Shot 2, a: other dissolve (0 before, 12 now)",
        "Shot 3, a: added",
    ]


def test_every_file_of_a_timeline_opens_where_it_says(clips: dict[str, str]) -> None:
    plan = planned(clips)
    for number, name in ((1, "a"), (2, "b"), (3, "c")):
        facts = plan.facts[number]
        assert facts is not None
        with av.open(clips[name]) as file:
            assert round(facts.seconds * facts.rate) == sum(1 for _ in file.decode(video=0))
