"""What a prompt's words mean to the renderer."""

from __future__ import annotations

import json

import pytest

from airflow_provider_sora.animatic.renderer.scene import Scene, change, follow, read_prompt, whole


def scene(prompt: str, **more: object) -> Scene:
    return read_prompt(prompt, size="1280x720", seconds=4, fps=24, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prompt", "camera"),
    [
        ("Slow pan across the hills", "pan_right"),
        ("the camera pans left", "pan_left"),
        ("tilt down from the tower", "tilt_down"),
        ("a slow dolly in", "dolly_in"),
        ("we pull back from the table", "dolly_out"),
        ("Zoom out over the bay", "zoom_out"),
        ("locked-off shot of a door", "static"),
        ("ゆっくり左へパンする", "pan_left"),
        ("カメラはティルトアップ", "tilt_up"),
        ("ドリーで近づく", "dolly_in"),
        ("ズームアウトする港", "zoom_out"),
        ("固定カメラの会見場", "static"),
    ],
)
def test_camera_words(prompt: str, camera: str) -> None:
    assert scene(prompt).camera == camera


@pytest.mark.parametrize(
    ("prompt", "tone", "layout"),
    [
        ("golden hour over mountains", "golden", "ridges"),
        ("夕暮れの港", "golden", "sea"),
        ("東京の夜", "night", "city"),
        ("ネオンの街", "neon", "city"),
        ("studio shot of a mug", "studio", "studio"),
        ("スタジオの商品", "studio", "studio"),
        ("曇り空の国会", "overcast", "city"),
    ],
)
def test_light_and_place_words(prompt: str, tone: str, layout: str) -> None:
    found = scene(prompt)
    assert (found.tone, found.layout) == (tone, layout)


def test_same_prompt_gives_the_same_scene_and_another_another() -> None:
    assert scene("a quiet field") == scene("a quiet field")
    assert scene("a quiet field").seed != scene("a loud field").seed


def test_remix_keeps_place_and_applies_the_change() -> None:
    before = scene("golden hour over the sea, slow pan")
    after = change(before, "寒色の夜にして")
    assert (after.seed, after.layout, after.camera, after.prompt) == (before.seed, "sea", "pan_right", before.prompt)
    assert (after.tone, after.grades, after.changes) == ("night", ("cold",), ("寒色の夜にして",))
    again = change(after, "warmer, static")
    assert (again.grades, again.camera, len(again.changes)) == (("cold", "warm"), "static", 2)


def test_remix_of_a_picture_grades_it_by_the_light_asked_for() -> None:
    after = change(scene("a mug", picture="mug.png"), "at night")
    assert (after.picture, after.grades) == ("mug.png", ("night",))


def test_extension_is_the_next_scene_of_the_same_place() -> None:
    before = scene("the sea at night")
    after = follow(before, "zoom in on a boat", seconds=8, start=4)
    assert (after.number, after.start, after.seconds, after.seed, after.tone) == (2, 4, 8, before.seed, "night")
    assert whole(after, 12).start == 0


def test_scene_survives_json_and_odd_sizes() -> None:
    found = change(read_prompt("p", size="833x481", seconds=2, fps=24), "warm")
    assert (found.width, found.height) == (832, 480)
    assert Scene.from_json(json.loads(json.dumps(found.as_json()))) == found
