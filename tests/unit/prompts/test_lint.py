"""What the lint warns of, and what it leaves alone."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from airflow_provider_sora.prompts.lint import lint_prompt, lint_remix
from airflow_provider_sora.prompts.prompt import news_prompt, product_prompt
from airflow_provider_sora.prompts.style import PARTS, load_style, style_from
from airflow_provider_sora.runs.items import Arguments, PlannedItem
from airflow_provider_sora.words.left_out import About

STYLES = Path(__file__).parents[3] / "dags" / "include" / "styles"
BARE, TURNS, CROWD = "bare noun", "turns to the camera", "many people"
#: A prompt with which nothing is wrong; what a test looks for is added to it.
PLAIN = {
    "en": "Wide shot of a small shop at dawn, soft light. ",
    "ja": "夜明けの小さな店のワイドショット、やわらかな光。",
}


def warned(text: str) -> str:
    return " / ".join(lint_prompt(PLAIN["en" if text.isascii() else "ja"] + text))


@pytest.mark.parametrize("name", ["desks/newsroom", "brands/hinoki"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_shipped_prompt_and_change_passes(name: str, language: str) -> None:
    folder, _, file = name.partition("/")
    style = load_style(file, STYLES / folder)
    for text in ("", *(scene.match[0] for scene in style.scenes)):
        assert lint_prompt(news_prompt(text, "", style, seconds=4, language=language)) == []
        assert lint_prompt(product_prompt("a mug", "b", text, style, seconds=4, language=language)) == []
    changes = [style.change(change, language) for change in style.changes]
    changes += [style.for_market(market, language) for market in style.markets]
    assert [lint_remix(change) for change in changes] == [[]] * len(changes)


@pytest.mark.parametrize("prompt", ["a mug", "マグ", "木のマグカップ", "mug, mug, mug, mug, mug, mug, mug"])
def test_a_bare_noun(prompt: str) -> None:
    assert BARE in lint_prompt(prompt)[0]


@pytest.mark.parametrize(("language", "noun"), [("en", "mug"), ("ja", "マグ")])
def test_a_style_of_bare_nouns_makes_a_bare_noun_however_many_labels_it_has(language: str, noun: str) -> None:
    parts = dict.fromkeys(PARTS, noun)
    style = style_from({"defaults": {"en": parts, "ja": parts}}, "mine")
    long = "A very long headline about many things that are not in the picture"
    assert BARE in lint_prompt(news_prompt(long, "", style, seconds=4, language=language))[0]
    assert BARE in lint_prompt(product_prompt(long, long, "", style, seconds=4, language=language))[0]


@pytest.mark.parametrize(
    "text",
    [
        "A baker turns slowly to the camera", "The baker turns to camera", "She faces the camera",
        "He looks at camera", "A man smiles into the lens", "A woman facing the viewer",
        "店員がカメラの方を向く", "店員がカメラに向かって微笑む", "カメラ目線の店員", "店員が振り返る",
    ],
)  # fmt: skip
def test_turning_to_the_camera(text: str) -> None:
    assert TURNS in warned(text)


@pytest.mark.parametrize(
    "text",
    [
        "A crowd cheers", "Two friends hug", "Five men argue", "Dozens of people wait", "A couple is dancing",
        "大勢の人々が踊る", "三人が話す", "友人が抱き合う", "店員と客が口論する",
    ],
)  # fmt: skip
def test_many_people_interacting(text: str) -> None:
    assert CROWD in warned(text)


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("Pan left, then zoom in on the door", "pan, zoom"),
        ("Camera: slow pan across the shelf, handheld", "pan, handheld"),
        ("Slow dolly-in while the camera trucks left", "dolly, truck"),
        ("Truck right, then pedestal up", "truck, pedestal"),
        ("The camera slowly rolls and zooms", "roll, zoom"),
        ("左へパンしながらチルトアップ", "pan, tilt"),
        ("ゆっくりドリーイン、カメラを時計回りに回転", "dolly, roll"),
    ],
)
def test_several_camera_moves(text: str, moves: str) -> None:
    assert f"several camera moves ({moves})" in warned(text)


@pytest.mark.parametrize(
    "text",
    [
        "An egg in a frying pan. Slow dolly-in", "A pan from the oven, slow zoom", "A truck left the yard. Pan right",
        "The mug on a pedestal. Tilt up", "Bread rolls in a basket, pan left", "A satellite in orbit. Slow zoom",
        "焼きたてのパンが並ぶ棚、ゆっくりズーム", "右にパンがある、ゆっくりドリーイン", "パン屋、パンダの看板、ズーム",
        "Two people walk by the river", "三人掛けのソファ", "Nobody faces the camera", "Turn the camera left",
        "no crowd, no zoom. Slow pan. “crowd zooms and turns to camera”",
    ],
)  # fmt: skip
def test_no_false_alarm(text: str) -> None:
    assert warned(text) == ""


@pytest.mark.parametrize(
    "change",
    [
        "colder light and another background", "make the jacket red and the shoes blue", "jacket red and shoes blue",
        "a red jacket and blue shoes", "move the chair and change the floor", "ジャケットを赤に、靴を青にする",
        "赤いジャケットと青い靴にする", "椅子を変え、床も変える",
    ],
)  # fmt: skip
def test_several_changes_in_one_remix(change: str) -> None:
    assert "several changes in one remix" in lint_remix(change)[0]


@pytest.mark.parametrize(
    "change",
    [
        "colder light, do not change the background", "make the stripes red and gold",
        "change the wall to black and white",
        "赤と白の縞にする", "白い壁に変える",
    ],
)  # fmt: skip
def test_one_change_is_one_change(change: str) -> None:
    assert lint_remix(change) == []


def test_warnings_stand_in_the_log_of_the_task_each_once(make_run, caplog: pytest.LogCaptureFixture) -> None:
    warnings = (("a bare noun: say more",), ("a bare noun: say more", "two"))
    items = [
        PlannedItem(f"k{n}", None, About(f"k{n}"), 1.0, Arguments(), warnings=told) for n, told in enumerate(warnings)
    ]
    with caplog.at_level(logging.WARNING):
        make_run().keep(items, [])
    assert [record.getMessage() for record in caplog.records] == [
        "Prompt of k0 and 1 more: a bare noun: say more",
        "Prompt of k1: two",
    ]
