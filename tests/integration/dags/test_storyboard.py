"""The film's DAG against the bundled server: every scene paid for once, a changed scene alone, holes that are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from airflow_provider_sora.stores.open import open_store
from tests.support.films import heard, tone, tune
from tests.support.r128 import loudness, true_peak

BLOCKED = {"code": "moderation_blocked", "message": "Your request was blocked by our moderation system."}
FILM = """\
title: A walk
preset: {theme: A quiet film}
characters:
  Mika: {look: a girl in a red coat}
scenes:
  - id: gate
    action: Mika opens a garden gate in the morning
    characters: [Mika]
    camera: Wide shot, slow dolly in
  - id: path
    action: Mika walks down the path between the roses
    camera: Wide shot, static
    continue_from: gate
  - id: bench
    action: A cat sleeps on a bench in the sun
    camera: Close-up, static
  - id: pond
    action: The path ends at a pond, and ripples run over it
    camera: Wide shot, pan left
    continue_from: path
"""


@pytest.fixture
def film(bench: Any) -> Path:
    path = bench.folder / "walk.yaml"
    path.write_text(FILM, "utf-8")
    return path


def change(film: Path, old: str, new: str) -> None:
    text = film.read_text("utf-8")
    assert old in text
    film.write_text(text.replace(old, new), "utf-8")


def prompts(bench: Any) -> list[str]:
    return [str(job["prompt"]).splitlines()[0].partition(": ")[2][:20] for job in bench.server.jobs()]


def cuts(bench: Any) -> list[Any]:
    found = [bench.read(name) for name in bench.names("/receipt.json")]
    return [receipt for receipt in found if receipt["kind"] in ("film", "final_cut")]


def test_change_one_scene_pay_one_scene_and_what_continues_from_it(bench: Any, film: Path) -> None:
    first = bench.run("storyboard", storyboard=str(film))
    assert first.state == "success", first.states()
    assert bench.paid() == 4
    [cut] = old = cuts(bench)
    assert [part["video_id"] for part in cut["parts"]] and len(cut["parts"]) == 4
    assert cut["media"]["duration_seconds"] == pytest.approx(16, abs=0.1)
    assert [cut["labels"][name] for name in ("film", "review")] == ["A walk", "pending"]
    index = bench.index()
    assert {video["kind"] for video in index["videos"]} == {"video", "final_cut"} and len(index["videos"]) == 5

    # Unchanged: nothing is paid, nothing is cut.
    again = bench.run("storyboard", storyboard=str(film))
    assert again.state == "success", again.states()
    assert bench.paid() == 4 and len(cuts(bench)) == 1
    assert again.states()["cut"] == again.states()["film"] == "skipped"
    reasons = {entry["key"]: entry["code"] for entry in bench.index()["skipped"]}
    assert reasons["A walk (film)"] == "same_film" and list(reasons.values()).count("archived_scene") == 4

    # The path is continued by the pond: both are made again, the gate and the bench are not.
    change(film, "walks down", "runs down")
    assert bench.run("storyboard", storyboard=str(film)).state == "success"
    assert bench.paid() == 6
    old = cuts(bench)
    assert len(old) == 2
    assert prompts(bench)[4:] == ["Mika runs down the p", "The path ends at a p"]

    # Another take of the bench is asked for by its number. Scenes in another order are the same scenes.
    scene = film.read_text("utf-8").partition("  - id: bench\n")[2].partition("  - id: pond\n")[0]
    change(film, f"  - id: bench\n{scene}", "")
    film.write_text(f"{film.read_text('utf-8')}  - id: bench\n    take: 2\n{scene}", "utf-8")
    assert bench.run("storyboard", storyboard=str(film)).state == "success"
    assert bench.paid() == 7 and len(cuts(bench)) == 3
    [newest] = [one for one in cuts(bench) if one["video_id"] not in {cut["video_id"] for cut in old}]
    labels = {one["video_id"]: one["labels"] for one in map(bench.read, bench.names("/receipt.json"))}
    assert [labels[part["video_id"]]["guid"].rpartition(" ")[2] for part in newest["parts"]] == [
        "gate", "path", "pond", "bench",
    ]  # fmt: skip
    assert labels[newest["parts"][3]["video_id"]]["take"] == "2"


def test_a_scene_that_fails_leaves_a_hole_that_is_named(bench: Any, film: Path) -> None:
    bench.server.fault(on="create", action="fail_job", error=BLOCKED, match="walks down", times=None)
    done = bench.run("storyboard", storyboard=str(film))
    assert done.state == "failed", done.states()
    assert done.states()["wave_2.make[0]"] == "failed" and done.states()["wave_3.make[0]"] == "skipped"
    assert done.states()["cut"] == "skipped" and cuts(bench) == []
    assert bench.paid() == 3, "the pond has no beginning, so it is not asked for"
    index = bench.index()
    assert [entry["key"] for entry in index["failed"]] == ["A walk: path", "A walk: pond"]
    assert index["failed"][1]["reason"].startswith("not made: it starts on the last frame of scene 2 (path)")
    [hole] = [entry for entry in index["skipped"] if entry["key"] == "A walk (film)"]
    assert hole["reason"].endswith("missing: scene 2 (path), scene 4 (pond)")

    # Cleared once the server would make it: the missing scenes and the cut, and nothing twice.
    bench.server.clear_faults()
    cleared = bench.clear(done, "wave_2.make")
    assert cleared.state == "success", cleared.states()
    assert bench.paid() == 5 and len(cuts(bench)) == 1
    assert not bench.index()["failed"]


def stored(bench: Any, receipt: Any, asset: str, path: Path) -> str:
    """The path of a copy on this disk."""
    folder, name = str(receipt["objects"][asset]["uri"]).rsplit("/", 1)
    path.write_bytes(open_store(folder).read_bytes(name))
    return str(path)


def test_a_card_stands_for_a_scene_that_is_missing_where_that_is_asked(bench: Any, film: Path, tmp_path: Path) -> None:
    bench.server.fault(on="create", action="fail_job", error=BLOCKED, match="walks down", times=None)
    asked = {"storyboard": str(film), "placeholders": True, "max_failed_share": 1}
    done = bench.run("storyboard", **asked)
    assert done.state == "success", done.states()
    assert bench.paid() == 3
    [rough] = cuts(bench)
    assert rough["labels"]["clip_stage"] == "draft", "a film with a hole is looked at, and never published"
    assert rough["labels"]["missing"] == "scene 2 (path), scene 4 (pond)" and len(rough["parts"]) == 2
    path = stored(bench, rough, "video", tmp_path / "rough.mp4")
    with av.open(path) as file:
        greys = [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]
    rate = round(rough["media"]["frame_rate"])
    assert len(greys) == 16 * rate, "each card stands as long as its scene"
    ground, words = 20, 200
    for second, is_card in ((2, False), (6, True), (10, False), (14, True)):
        corner, middle = greys[second * rate][:40, :40], greys[second * rate][240:480]
        assert (corner.max() < 2 * ground and middle.max() > words) == is_card, f"at {second} s"

    # The server makes the scenes after all: they alone are paid for, and the film is whole.
    bench.server.clear_faults()
    assert bench.run("storyboard", **asked).state == "success" and bench.paid() == 5
    [whole] = [one for one in cuts(bench) if one["video_id"] != rough["video_id"]]
    assert len(whole["parts"]) == 4 and not {"missing", "clip_stage"} & set(whole["labels"])


def test_a_film_has_its_music_its_captions_and_the_loudness_of_a_film(bench: Any, film: Path, tmp_path: Path) -> None:
    tune(bench.folder / "bed.wav", 3, frequency=300)
    change(
        film,
        "    camera: Close-up, static",
        "    camera: Close-up, static\n    dialogue: [{who: Mika, says: ニャー。}]",
    )
    film.write_text(f"{film.read_text('utf-8')}cut: {{music: bed.wav, opening: A walk, card_seconds: 3}}\n", "utf-8")
    done = bench.run("storyboard", storyboard=str(film))
    assert done.state == "success", done.states()
    [cut] = cuts(bench)
    assert set(cut["request"]["files"]) == {"music"} and cut["request"]["edit"]["music"]["source"].endswith("/bed.wav")
    sound = heard(stored(bench, cut, "video", tmp_path / "film.mp4"))
    assert loudness(sound) == pytest.approx(-14, abs=0.5) and true_peak(sound) <= -1
    assert tone(sound[:, 48_000 : 2 * 48_000], 300) > 5 * tone(sound[:, 48_000 : 2 * 48_000], 410), (
        "under the card, too"
    )
    captions = Path(stored(bench, cut, "captions_vtt", tmp_path / "film.vtt")).read_text("utf-8")
    # A card of 3 s, of which 12 frames dissolve into the first scene, and two scenes of 4 s before it.
    begin = 3 - 12 / cut["media"]["frame_rate"] + 8 + 0.3
    assert f"00:00:{begin:06.3f} --> 00:00:{begin + 3.4:06.3f}\n<v Mika>ニャー。" in captions

    # Other music under the same address: no scene is paid for.
    tune(bench.folder / "bed.wav", 3, frequency=500)
    film.write_text(film.read_text("utf-8").replace("music: bed.wav", "music: bed.wav, loudness: -16"), "utf-8")
    assert bench.run("storyboard", storyboard=str(film)).state == "success" and bench.paid() == 4
    [other] = [one for one in cuts(bench) if one["video_id"] != cut["video_id"]]
    quiet = heard(stored(bench, other, "video", tmp_path / "quiet.mp4"))
    assert loudness(quiet) == pytest.approx(-16, abs=0.5)
    assert tone(quiet[:, 48_000 : 2 * 48_000], 500) > 5 * tone(quiet[:, 48_000 : 2 * 48_000], 300)


def test_music_that_cannot_be_had_stops_the_run_before_it_pays(bench: Any, film: Path) -> None:
    film.write_text(f"{film.read_text('utf-8')}cut: {{music: none.wav}}\n", "utf-8")
    assert bench.run("storyboard", storyboard=str(film)).state == "failed" and bench.paid() == 0
    assert "The cut of 'A walk': music" in bench.index()["note"]["reason"]


def test_a_plan_pays_nothing_and_a_budget_leaves_the_rest_for_later(bench: Any, film: Path) -> None:
    done = bench.run("storyboard", storyboard=str(film), dry_run=True)
    assert done.state == "success", done.states()
    [plan] = [index for index in map(bench.read, bench.names("/index.json")) if index.get("dry_run")]
    assert bench.paid() == 0 and len(plan["items"]) == 4 and plan["estimated_usd"] == pytest.approx(1.6)
    assert "Theme: A quiet film" in plan["items"][0]["clips"][0]["prompt"]

    some = bench.run("storyboard", storyboard=str(film), max_cost_usd=0.9)
    assert some.state == "success", some.states()
    assert bench.paid() == 2
    assert {entry["key"]: entry["code"] for entry in bench.index()["skipped"]} == {
        "A walk: path": "used_up",
        "A walk: pond": "used_up",
        "A walk (film)": "holes",
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("continue_from: path", "last_frame: https://cdn.example/z.png", "Scene 4 (pond) of 'A walk': This server"),
        ("continue_from: path", "continue_from: pathh", "line 20, scene 4 (pond): continue_from cannot be used"),
    ],
)
def test_what_cannot_be_made_stops_the_run_before_it_pays(
    bench: Any, film: Path, old: str, new: str, said: str
) -> None:
    change(film, old, new)
    done = bench.run("storyboard", storyboard=str(film))
    assert done.state == "failed" and bench.paid() == 0
    assert said in bench.index()["note"]["reason"]
