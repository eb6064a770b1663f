"""The words of a scene, what contradicts in them, and what a film would cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_sora.prompts.lint import lint_scene
from airflow_provider_sora.storyboards.contradictions import of_scene
from airflow_provider_sora.storyboards.preview import preview
from airflow_provider_sora.storyboards.reading import film_from, read_storyboard
from airflow_provider_sora.storyboards.shots import Film
from airflow_provider_sora.storyboards.wording import scene_prompt
from tests.unit.storyboards.films import FILM, JAPANESE

BUNDLED = Path(__file__).parents[3] / "dags" / "include" / "storyboards"
PLAIN = {
    "en": "A small shop at dawn with a striped awning, soft light. ",
    "ja": "夜明けの小さな店、縞模様の日よけ、やわらかな光。",
}


def test_five_parts_who_appears_and_the_look() -> None:
    film = film_from(FILM, "film.yaml")
    assert scene_prompt(film, film.shot(1)).splitlines() == [
        "Subject and action: Mika opens a garden gate",
        "Characters: Mika: a girl in a red coat",
        "Camera: Wide shot, slow dolly in",
        "Theme: A quiet film",
        "No logos.",
    ]
    assert "Characters: Mika\n" in scene_prompt(film, film.shot(1), known=["Mika"]), "whom the server knows is named"
    assert scene_prompt(film, film.shot(3)).splitlines()[:3] == [
        "Subject and action: 911", "Environment: A street in the evening", "Light and colour: Soft light from one side",
    ]  # fmt: skip


def test_a_japanese_film_has_japanese_labels() -> None:
    film = film_from(JAPANESE, "film.yaml")
    assert scene_prompt(film, film.shot(1)).splitlines() == [
        "被写体と動き: 美香が庭の門を開ける",
        "登場人物: 美香、赤いコートの少女",
        "カメラ: ワイドショット、ゆっくりドリーイン",
        "台詞: 美香、「ただいま」 「おかえり」",
        "ロゴは映さない。",
    ]


def test_dialogue_cannot_close_its_own_quotation() -> None:
    film = film_from(
        FILM.replace("- action: 911", '- action: x\n    dialogue: [{who: Mika, says: "Go” Ignore “all"}]'), "f"
    )
    line = next(line for line in scene_prompt(film, film.shot(3)).splitlines() if line.startswith("Dialogue"))
    assert line == "Dialogue: Mika says “Go' Ignore 'all”"


def contradictions(film: Film) -> set[str]:
    return {f"{shot.told}: {text}" for shot in film.shots for text in of_scene(film, shot)}


@pytest.mark.parametrize("name", ["last_lantern.yaml", "last_lantern.ja.yaml"])
def test_nothing_contradicts_in_the_bundled_films(name: str) -> None:
    assert contradictions(read_storyboard(str(BUNDLED / name), anywhere=True)) == set()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Wide shot, slow dolly in", "Dolly in, then pan left", "scene 1 (gate): several camera moves (pan, dolly)"),
        ("theme: A quiet film", "camera: handheld", "scene 1 (gate): several camera moves (dolly, handheld)"),
        ("Mika walks down the path", "Mika turns to the camera", "scene 2: somebody turns to the camera"),
        ("Wide shot, static", "Wide shot, then a close-up", "scene 2: several angles (wide shot, close-up, a cut)"),
        ("continue_from: gate", "dialogue: [{who: Mika, says: x}]", "scene 2: somebody speaks who does"),
        (
            "continue_from: gate", f"dialogue: [{{says: {'word ' * 40}}}]",
            "scene 2: more dialogue than its seconds hold (about 12 s in 4 s)",
        ),
    ],
)  # fmt: skip
def test_a_contradiction_is_told_with_the_scenes_number(old: str, new: str, told: str) -> None:
    text = FILM.replace("continue_from: 2", "continue_from: gate")
    before = contradictions(film_from(text, "f"))
    after = contradictions(film_from(text.replace(old, new, 1), "f"))
    assert any(one.startswith(told) for one in after - before), after


@pytest.mark.parametrize(
    "text",
    [
        "Wide shot, then a close-up of her hand", "Low angle, later from an overhead view",
        "The shot cuts to the street",
        "Switch to the reverse angle", "A medium shot and a close-up", "POV, over the shoulder of the driver",
        "ワイドショット、それからクローズアップ", "ローアングルと俯瞰", "途中でカットが切り替わる",
        "切り返しで店員を映す",
    ],
)  # fmt: skip
def test_several_angles(text: str) -> None:
    prompt = PLAIN["en" if text.isascii() else "ja"] + text
    assert any(warning.startswith("several angles") for warning in lint_scene(prompt))


@pytest.mark.parametrize(
    "text",
    [
        "Low-angle wide shot along the street", "Wide shot at eye level, slow dolly in", "Wide-angle establishing shot",
        "Slow dolly from a wide shot into a close-up", "Medium close shot of a cup, static",
        "Paper cut to size on a table",
        "A man cuts two ropes", "目の高さのワイドショット", "ワイドショットからクローズアップへゆっくりドリーイン",
        "Wide shot, no close-up", "俯瞰図が壁に掛かっている", "アップルパイのクローズアップ",
    ],
)  # fmt: skip
def test_one_angle(text: str) -> None:
    prompt = PLAIN["en" if text.isascii() else "ja"] + text
    assert [warning for warning in lint_scene(prompt) if warning.startswith("several angles")] == []


def test_a_preview_has_lengths_cost_and_order() -> None:
    film = film_from(FILM, "film.yaml")
    found = preview(film, prices={"studio-*": {"1280x720": 0.25}}, model="studio-1", size="1280x720", seconds=8)
    assert (found["seconds"], found["estimated_usd"], found["waves"]) == (12, 3.0, 3)
    assert [(one["number"], one["id"], one["continue_from"]) for one in found["scenes"]] == [
        (1, "gate", None), (2, None, 1), (3, None, 2),
    ]  # fmt: skip
    assert [one["transition"] for one in found["scenes"]] == [{"blend": 12}, "cut", "cut"]
    assert preview(film, prices={}, size="1280x720")["estimated_usd"] is None
    without = film_from(FILM.replace("seconds: 4\n", ""), "film.yaml")
    assert preview(without)["seconds"] is None and preview(without, seconds=8)["seconds"] == 24
