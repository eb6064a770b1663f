"""Which scenes of a film a run makes, by which mark each is remembered, and what is cut."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError, SoraError
from airflow_provider_sora.inputs.sources.documents import Document
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.runs.choosing.films import choose_film
from airflow_provider_sora.runs.films.film_edit import captions_of, cut_mark, shots_of
from airflow_provider_sora.runs.items import Choice
from airflow_provider_sora.runs.planned_film import Part
from airflow_provider_sora.runs.remembered.made import Made, Markers
from airflow_provider_sora.runs.remembered.tally import Tally
from airflow_provider_sora.storyboards.reading import film_from, read_storyboard
from airflow_provider_sora.storyboards.shots import Film
from tests.unit.storyboards.films import FILM

PICTURE = Path(__file__).parents[3] / "dags" / "include" / "products" / "mug.jpg"


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that nobody asks."""
    extra = {"prices": {"*": {"*": 0.1}}, "dialect": {"base": "animatic", "lists_all_models": False}}
    value = {"conn_type": "sora", "host": "http://127.0.0.1:9/v1", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_STUDIO", json.dumps(value))
    monkeypatch.setenv("AIRFLOW_CONN_ELSEWHERE", json.dumps(value))


def run_of(make_run: Any, run_id: str = "r1", **params: Any) -> Any:
    usual = {"sora_conn_id": "studio", "model": "m", "seconds": 4, "size": "1280x720", "max_jobs_per_clip": 6}
    return make_run(run_id, **{**usual, **params})


def choose(make_run: Any, text: str = FILM, run_id: str = "r1", **params: Any) -> Choice:
    return choose_film(run_of(make_run, run_id, **params), film_at(text, "/films/walk.yaml"), waves=4)


def film_at(text: str, address: str) -> Film:
    """As ``read_storyboard`` reads it there."""
    return replace(film_from(text, shown(address)), address=address)


def marks(make_run: Any, text: str = FILM, run_id: str = "r1", **params: Any) -> dict[str, str]:
    """By the scene's key."""
    items = choose(make_run, text, run_id, **params).items
    return {item.about.key.rpartition(" ")[2]: str(item.identity) for item in items}


def test_a_film_becomes_items_in_waves_with_all_that_the_cut_needs(make_run: Any) -> None:
    kept = choose(make_run)
    assert [(item.about.key, item.group) for item in kept.items] == [
        ("A walk: gate", "wave_1"), ("A walk: 02", "wave_2"), ("A walk: 03", "wave_3"),
    ]  # fmt: skip
    assert kept.estimated_usd == pytest.approx(1.2)
    gate, path, _ = kept.items
    assert gate.clip.more["characters"] == ["char_1"] and gate.clip.more["photo"] is None
    assert path.clip.more["after"] == [gate.identity]
    assert path.clip.labels["continues"] == "scene 1 (gate)" and path.clip.labels["scene"] == "2"
    assert kept.film and [part.transition for part in kept.film.parts] == [12, 0, 0]
    assert [part.marks for part in kept.film.parts] == [(item.identity,) for item in kept.items]
    assert Choice.from_json(json.loads(json.dumps(kept.to_json()))) == kept, "a retry reads back the same"


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("opens a garden gate", "closes a garden gate", {"gate", "02", "03"}),
        ("walks down the path", "runs down the path", {"02", "03"}),
        ("A street in the evening", "A street at noon", {"03"}),
        ("a girl in a red coat", "a girl in a blue coat", set()),  # this server knows her by her id
        ("ids: {studio: char_1}", "ids: {studio: char_2}", {"gate", "02", "03"}),
        ("theme: A quiet film", "theme: A loud film", {"gate", "02", "03"}),
        ("seconds: 4", "seconds: 8", {"gate", "02", "03"}),
        ("blend: 12", "blend: 24", set()),  # the cut is another, no scene is
        ("title: A walk", "title: A long walk", set()),
        ("- action: 911", "- action: 911\n    take: 2", {"03"}),
        ("- action: 911", "- action: 911\n    id: siren", set()),
        ("continue_from: 2", "continue_from: gate", {"03"}),
    ],
)  # fmt: skip
def test_a_mark_changes_with_what_shapes_the_clip_and_with_nothing_else(
    make_run: Any, old: str, new: str, changed: set[str]
) -> None:
    before = list(marks(make_run).values())
    after = list(marks(make_run, FILM.replace(old, new), "r2").values())
    assert {name for name, a, b in zip(("gate", "02", "03"), before, after, strict=True) if a != b} == changed


def test_model_size_and_another_servers_characters_are_in_the_mark(make_run: Any) -> None:
    first = marks(make_run)
    for number, params in enumerate(({"model": "n"}, {"size": "720x1280"}, {"sora_conn_id": "elsewhere"}), 2):
        assert first["gate"] != marks(make_run, FILM, f"r{number}", **params)["gate"]


def test_a_draft_and_its_final_have_marks_of_their_own_down_the_line(make_run: Any) -> None:
    plain = marks(make_run)
    drafts = choose(make_run, FILM, "r2", draft_model="small")
    finals = [item.final["fingerprint"] for item in drafts.items if item.final]
    assert finals == list(plain.values()), "the final of a draft is what is made at once without drafts"
    assert not {item.identity for item in drafts.items} & set(finals)
    assert drafts.items[1].clip.more["after"] == [finals[0], drafts.items[0].identity]
    assert drafts.items[0].clip.labels["clip_stage"] == "draft"


def test_what_is_archived_is_left_out_and_named(make_run: Any) -> None:
    kept = choose(make_run)
    run = run_of(make_run)
    Markers(run.store, run.paths).note(str(kept.items[0].identity), {"video_id": "v1", "uri": "file:///v1"})
    again = choose(make_run, FILM, "r2")
    assert [item.about.key for item in again.items] == ["A walk: 02", "A walk: 03"]
    assert [entry.reason.code for entry in again.skipped] == ["archived_scene"]
    # With drafts, a final that is there spares the draft.
    assert [entry.reason.code for entry in choose(make_run, FILM, "r3", draft_model="small").skipped] == [
        "archived_scene"
    ]


def test_scenes_that_say_the_same_share_one_clip(make_run: Any) -> None:
    twice = FILM.replace(
        "  - action: 911", "  - action: Mika walks down the path\n    camera: Wide shot, static"
    ).replace("continue_from: 2", "continue_from: gate")
    twice = twice.replace("    environment: A street in the evening\n    light: Soft light from one side\n", "")
    kept = choose(make_run, twice)
    assert len(kept.items) == 2 and [entry.reason.code for entry in kept.skipped] == ["same_scene"]
    assert kept.film and kept.film.parts[1].marks == kept.film.parts[2].marks


def test_within_a_budget_no_scene_is_made_without_its_beginning(make_run: Any) -> None:
    text = FILM.replace("  - id: gate\n", "  - id: gate\n    seconds: 20\n")
    kept = choose(make_run, text, max_cost_usd=1.0)
    assert kept.items == ()
    assert [entry.reason.code for entry in kept.skipped] == ["too_dear", "no_beginning", "no_beginning"]


def test_a_scene_on_which_enough_was_paid_is_tried_no_more(make_run: Any) -> None:
    first = choose(make_run)
    run = run_of(make_run)
    Tally(run.store, run.paths).note([(str(first.items[0].identity), 6), (str(first.items[1].identity), 2)])
    kept = choose(make_run, FILM, "r2")
    assert [entry.reason.code for entry in kept.skipped] == ["jobs_used_up_scene", "no_beginning", "no_beginning"]


def test_a_first_frame_counts_by_its_bytes(make_run: Any, tmp_path: Path) -> None:
    film = tmp_path / "walk.yaml"
    (tmp_path / "a.jpg").write_bytes(PICTURE.read_bytes())
    (tmp_path / "b.jpg").write_bytes(PICTURE.read_bytes())
    found = []
    for number, name in enumerate(("a.jpg", "b.jpg"), 1):
        text = FILM.replace("  - id: gate\n", f"  - id: gate\n    first_frame: {name}\n")
        kept = choose_film(run_of(make_run, f"r{number}"), film_at(text, str(film)), waves=4)
        assert kept.items[0].clip.more["photo"] == str(tmp_path / name)
        found.append(kept.items[0].identity)
    assert found[0] == found[1] != marks(make_run, FILM, "r3")["gate"]


@pytest.mark.parametrize(
    ("old", "new", "error", "told"),
    [
        ("- action: 911\n", "- action: x\n    seconds: 5\n", InvalidRequestError, "Scene 3 of 'A walk': seconds is 5"),
        ("- id: gate\n", "- id: gate\n    first_frame: none.png\n", SoraError, "first_frame '/films/none.png'"),
        ("- id: gate\n", "- id: gate\n    first_frame: /etc/x.png\n", SoraError, "(gate) of 'A walk': first_frame"),
        ("- id: gate\n", "- id: gate\n    audio: https://a.example/a.mp3\n", SoraError, "does not take a reference"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_said_before_anything_is_chosen(
    make_run: Any, old: str, new: str, error: type[SoraError], told: str
) -> None:
    with pytest.raises(error) as caught:
        choose(make_run, FILM.replace(old, new))
    assert told in str(caught.value) and str(caught.value).count("Nothing was paid.") == 1
    assert run_of(make_run).kept() is None


def test_what_lies_beside_a_storyboard_is_read_by_the_connection_that_its_address_names(
    make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def fetch(source: str, **how: Any) -> bytes:
        asked.append((how["what"], source))
        return PICTURE.read_bytes()

    monkeypatch.setattr("airflow_provider_sora.inputs.sources.pictures.fetch", fetch)
    text = FILM.replace("  - id: gate\n", "  - id: gate\n    first_frame: stills/a.jpg\n") + "cut: {music: bed.wav}\n"
    kept = choose_film(run_of(make_run), film_at(text, "s3://aws@films/one/walk.yaml"), waves=4)
    assert kept.source == "s3://films/one/walk.yaml"
    assert kept.items[0].clip.more["photo"] == "s3://aws@films/one/stills/a.jpg"
    assert kept.film and kept.film.cut["music"] == "s3://aws@films/one/bed.wav"
    assert set(asked) == {
        ("first_frame", "s3://aws@films/one/stills/a.jpg"),
        ("music", "s3://aws@films/one/bed.wav"),
    }


def test_a_web_hosts_password_does_not_come_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "airflow_provider_sora.storyboards.reading.read_source", lambda source, **how: Document(FILM.encode())
    )
    assert read_storyboard("https://me:pw@films.example/walk.yaml?sig=1").address == "https://films.example/walk.yaml"
    assert read_storyboard(" s3://aws@films/walk.yaml ").address == "s3://aws@films/walk.yaml"


@pytest.mark.parametrize(
    ("music", "told"),
    [
        ("../bed.wav", "The cut of 'A walk': music leads out of the storyboard's folder"),
        ("none.wav", "The cut of 'A walk': music '/films/none.wav' lies outside"),
        ("ftp://x.example/a.wav", "music is a ftp:// address"),
    ],
)
def test_music_that_cannot_be_had_is_told_as_music(make_run: Any, music: str, told: str) -> None:
    with pytest.raises(SoraError) as caught:
        choose(make_run, f"{FILM}cut: {{music: {music}}}\n")
    assert told in str(caught.value) and "photo" not in str(caught.value) and "catalogue" not in str(caught.value)


def test_a_line_longer_than_the_dags_waves_is_an_error(make_run: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"up to 3 scenes continue each other, but the DAG has 2 waves"):
        choose_film(run_of(make_run), film_from(FILM, "f"), waves=2)


PARTS = (
    Part(1, "scene 1", ("a",), 4, 12),
    Part(2, "scene 2", ("b",), 4, 0, ((None, "Hello"), ("Mika", "Goodbye now"))),
)
CLIPS = {1: Made("v1", "gs://b/v1.mp4"), 2: Made("v2", "gs://b/v2.mp4")}


def mark(parts: tuple[Part, ...] = PARTS, clips: dict[int, Made] = CLIPS, title: str = "A walk", **cut: Any) -> str:
    return cut_mark(title, shots_of(parts, clips, cut, "en"), cut)


def test_a_cut_is_known_by_its_clips_their_order_and_all_that_was_decided() -> None:
    others = [
        mark((Part(1, "scene 1", ("a",), 4, 0), PARTS[1])),
        mark(clips={1: Made("v2"), 2: Made("v1")}),
        mark((PARTS[0], Part(2, "scene 2", ("b",), 4))),
        mark(title="A run"),
        mark(opening="A walk"),
        mark(loudness=-16.0),
        mark(clips={1: CLIPS[1]}),
    ]
    assert len({mark(), *others}) == 8 and mark() == mark(clips=dict(CLIPS))


def test_shots_have_cards_captions_and_placeholders() -> None:
    shots = shots_of(PARTS, {1: CLIPS[1]}, {"opening": "A walk", "closing": "End", "card_seconds": 3.0}, "ja")
    assert [shot.get("card") for shot in shots] == ["A walk", None, "場面 2\n未作成", "End"]
    assert [shot.get("seconds") for shot in shots] == [3.0, None, 4, 3.0]
    assert [shot.get("blend") for shot in shots] == [12, 12, None, None]
    assert shots_of((Part(3, "scene 3 (gate)", ("c",), 4),), {}, {}, "en")[0]["card"] == "Scene 3 (gate)\nnot there yet"
    assert shots[1]["video"]["uri"] == "gs://b/v1.mp4" and shots[1]["name"] == "scene 1"


def test_captions_share_the_scene_by_their_words() -> None:
    first, second = captions_of(PARTS[1], 4)
    assert (first["text"], "speaker" in first, second["speaker"]) == ("Hello", False, "Mika")
    assert 0 < first["start"] < first["end"] < second["start"] < second["end"] < 4
    assert (second["end"] - second["start"]) / (first["end"] - first["start"]) == pytest.approx(11 / 5, abs=0.02)
    assert captions_of(PARTS[0], 4) == [] == captions_of(PARTS[1], 0.5)
