"""A storyboard's file: what it becomes, and the one error that each fault in it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError
from airflow_provider_sora.storyboards.document import MOST
from airflow_provider_sora.storyboards.file import Blend
from airflow_provider_sora.storyboards.reading import film_from, read_storyboard
from airflow_provider_sora.storyboards.shots import circle
from tests.unit.storyboards.films import FILM, JAPANESE

REPOSITORY = Path(__file__).parents[3]
BUNDLED = sorted((REPOSITORY / "dags" / "include" / "storyboards").glob("*.yaml"))


def fault(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        film_from(text, "film.yaml")
    assert str(caught.value).count("Nothing was paid.") == 1
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert FILM.count(old) >= 1
    return fault(FILM.replace(old, new, 1))


def test_a_film_as_it_is_written() -> None:
    film = film_from(FILM, "film.yaml")
    assert (film.title, film.language, film.size, film.seconds, film.source) == ("A walk", "en", None, 4, "film.yaml")
    assert [(shot.number, shot.key, shot.after) for shot in film.shots] == [
        (1, "gate", None),
        (2, "02", 1),
        (3, "03", 2),
    ]
    assert [film.wave(shot) for shot in film.shots] == [1, 2, 3] and film.waves == 3
    assert film.shots[0].scene.transition == Blend(blend=12) and film.shots[1].scene.transition == "cut"
    assert film.shots[2].scene.action == "911", "a number in YAML is meant as it is written"
    assert [shot.told for shot in film.shots] == ["scene 1 (gate)", "scene 2", "scene 3"]


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_is_the_same_film_and_has_lines_too(indent) -> None:
    data = yaml.safe_load(FILM)
    assert film_from(json.dumps(data, indent=indent), "film.yaml") == film_from(FILM, "film.yaml")
    data["scenes"][1]["camra"] = "x"
    told = fault(json.dumps(data, indent=indent))
    assert "line " in told and "scene 2" in told and "did you mean 'camera'?" in told


@pytest.mark.parametrize(
    ("old", "new", "where", "what", "step"),
    [
        ("    camera:", "    camra:", "line 10, scene 1 (gate): camra", "no key 'camra'", "'camera'?"),
        ("preset: {theme", "preset: {them", "line 3: preset them", "no key", "'theme'?"),
        ("look: a girl", "looks: a girl", "line 5: characters Mika looks", "no key", "'look'?"),
        ("{blend: 12}", "{bland: 12}", "line 11, scene 1 (gate): transition bland", "no key", "'blend'?"),
        ("{blend: 12}", "{blend: 0}", "line 11, scene 1 (gate): transition", "0 is not a number of frames", "12"),
        ("{blend: 12}", "wipe", "line 11, scene 1 (gate): transition", "'wipe' is no transition", "cut"),
        ("Mika opens a garden gate", "'  '", "line 8, scene 1 (gate): action", "blank", "take the key out"),
        ("Mika opens a garden gate", "", "line 8, scene 1 (gate): action", "blank", "take the key out"),
        ("theme: A quiet film", "theme: ", "line 3: preset theme", "blank", "take the key out"),
        ("    action: Mika opens a garden gate\n", "", "line 7, scene 1 (gate): action", "missing", "add it"),
        ("title: A walk", "", "line 2: title", "missing", "add it"),
        ("title: A walk", "title: yes", "line 1: title", "True is no text", "quotation marks"),
        ("seconds: 4", 'seconds: "4"', "line 2: seconds", "'4' is not a whole number", "seconds such as 4"),
        ("seconds: 4", "seconds: 0", "line 2: seconds", "0 is not a whole number", "seconds such as 4"),
        ("seconds: 4", "seconds: true", "line 2: seconds", "True is not a whole number", "seconds such as 4"),
        ("seconds: 4", "size: large", "line 2: size", "'large' is no size", "1280x720"),
        ("seconds: 4", "language: de", "line 2: language", "'de' is not possible", "'en' or 'ja'"),
        ("[Mika]", "[Mila]", "line 9, scene 1 (gate): characters 1", "no character 'Mila'", "'Mika'?"),
        ("[Mika]", "[Mika, Mika]", "line 9, scene 1 (gate): characters", "stands twice", "take one"),
        ("[Mika]", "Mika", "line 9, scene 1 (gate): characters", "not a list", "[one, two]"),
        ("continue_from: gate", "continue_from: gat", "line 14, scene 2: continue_from", "no scene 'gat'", "'gate'?"),
        ("continue_from: gate", "continue_from: 9", "line 14, scene 2: continue_from", "no scene 9", "its number"),
        ("continue_from: gate", "continue_from: true", "line 14, scene 2: continue_from", "True is no scene", "number"),
        ("continue_from: gate", "continue_from: 2", "line 14, scene 2: continue_from", "from itself", "another one"),
        (
            "continue_from: gate", "continue_from: 3", "line 14, scene 2: continue_from",
            "wait for each other: scene 2 from scene 3 from scene 2", "begin by itself",
        ),
        (
            "continue_from: gate", "continue_from: gate\n    first_frame: a.png", "line 15, scene 2: first_frame",
            "continues from another scene as well", "take one",
        ),
        ("  - action: 911", "  - id: gate\n    action: x", "line 15, scene 3 (gate): id", "of scene 1", "its own"),
        ("  - action: 911", "  - id: 7\n    action: x", "line 15, scene 3: id", "numbers mean places", "a name"),
        ("  - action: 911", "  - action: x\n    action: y", "line 16", "twice, here and in line 15", "take one"),
        ("title: A walk", "title: [", "line 3", "no YAML", "correct it"),
    ],
)  # fmt: skip
def test_a_fault_is_one_error_with_line_scene_and_step(old: str, new: str, where: str, what: str, step: str) -> None:
    told = changed(old, new)
    assert f"film.yaml, {where} cannot be used: " in told
    assert what in told and step in told.partition("Next: ")[2]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- a\n- b\n", "it is no mapping"),
        ("title: x\nscenes: []\n", "there is no scene"),
        ("title: x\nscenes: [a]\n", "scenes"),
        ('{"title": "x", "scenes": [', "no YAML"),
        ("title: &a {x: *a}\nscenes: []\n", "leads back to itself"),
        ("title: x\nscenes: !!python/object:os.system []\n", "no YAML"),
        ("a: &a [" + "x," * 60 + "]\nb: &b [" + "*a," * 60 + "]\nc: [" + "*b," * 60 + "]\n", f"more than {MOST:,}"),
    ],
)
def test_what_is_no_storyboard(text: str, what: str) -> None:
    assert what in fault(text)


def test_a_file_that_is_not_in_utf8_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_bytes(JAPANESE.encode("cp932"))
    with pytest.raises(ConfigurationError, match="not written in UTF-8"):
        read_storyboard(str(path), anywhere=True)
    path.write_bytes(b"\xef\xbb\xbf" + JAPANESE.encode())
    assert read_storyboard(str(path), anywhere=True).title == "散歩"
    with pytest.raises(InvalidRequestError, match="no such file"):
        read_storyboard(str(tmp_path / "other.yaml"), anywhere=True)
    with pytest.raises(InvalidRequestError, match="outside the folders"):
        read_storyboard("/etc/hostname")


def test_a_circle_is_found_wherever_it_begins() -> None:
    assert circle({2: 1, 3: 2}) == ()
    assert set(circle({4: 3, 3: 2, 2: 4})) == {2, 3, 4}
    assert set(circle({5: 3, 3: 4, 4: 3})) == {3, 4}, "the scene that only leads there is no part of it"


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.name)
def test_the_bundled_films_have_sixteen_scenes_and_fit_the_schema(path: Path) -> None:
    film = read_storyboard(str(path), anywhere=True)
    assert len(film.shots) == 16 and len({shot.key for shot in film.shots}) == 16
    assert film.language == ("ja" if ".ja." in path.name else "en")
    schema = json.loads((REPOSITORY / "docs" / "storyboard.schema.json").read_text("utf-8"))
    assert f"$schema={Path('../../../docs/storyboard.schema.json')}" in path.read_text("utf-8").splitlines()[0]
    document = yaml.safe_load(path.read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    for broken in ({**document, "sceens": []}, {**document, "scenes": [{"camera": "x"}]}, {"title": "x"}):
        assert not jsonschema.Draft202012Validator(schema).is_valid(broken)


def test_the_two_bundled_films_are_one_in_two_languages() -> None:
    english, japanese = (
        read_storyboard(str(path), anywhere=True) for path in sorted(BUNDLED, key=lambda p: ".ja." in p.name)
    )
    for one, other in zip(english.shots, japanese.shots, strict=True):
        assert (one.key, one.after, one.scene.transition) == (other.key, other.after, other.scene.transition)
        assert len(one.scene.dialogue) == len(other.scene.dialogue)


def test_the_film_of_the_documents_is_one() -> None:
    page = (REPOSITORY / "docs" / "storyboard.md").read_text("utf-8")
    film = film_from(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0], "docs")
    assert film.waves == 2 and len(film.shots) == 2
