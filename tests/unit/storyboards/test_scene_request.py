"""What a scene asks of each server beside its words, and what is refused before anything is paid."""

from __future__ import annotations

import pytest

from airflow_provider_sora.exceptions import ConfigurationError, InvalidRequestError, UnsupportedByServerError
from airflow_provider_sora.protocol.servers.custom import resolve_dialect
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import ANIMATIC, DIALECTS, VLLM_OMNI
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.protocol.validate import check_submission
from airflow_provider_sora.storyboards.reading import film_from
from airflow_provider_sora.storyboards.scene_request import Asked, asked_of
from tests.unit.storyboards.films import FILM

FRAME, END, PICTURE, SOUND = (f"https://cdn.example/{name}" for name in ("a.png", "z.png", "p.png", "voice.mp3"))


def asked(dialect: Dialect, more: str = "", conn_id: str = "studio") -> Asked:
    """Of the first scene, with more keys."""
    text = FILM.replace("    transition: {blend: 12}\n", "".join(f"    {line}\n" for line in more.split("; ") if line))
    film = film_from(text, "film.yaml")
    return asked_of(film, film.shot(1), dialect, conn_id=conn_id, server=dialect.label)


def test_a_character_that_the_server_knows_goes_by_its_id() -> None:
    found = asked(ANIMATIC)
    assert found.characters == ("char_1",) and "red coat" not in found.prompt
    # Through another connection, and on a server without characters, it is described.
    for other in (asked(ANIMATIC, conn_id="elsewhere"), asked(VLLM_OMNI)):
        assert other.characters == () and "Mika: a girl in a red coat" in other.prompt
        assert other.left_out == ("Mika",), "its picture has no place there"


def test_a_first_frame_is_the_picture_that_every_server_takes() -> None:
    assert asked(ANIMATIC, "first_frame: gs://b/a.png").photo == "gs://b/a.png"
    assert asked(ANIMATIC, "first_frame: gs://b/a.png").extra == {}


def test_frames_pictures_and_sounds_as_a_server_wants_them() -> None:
    inworld, openrouter = DIALECTS["inworld"], DIALECTS["openrouter"]
    frames = asked(inworld, f"first_frame: {FRAME}; last_frame: {END}")
    assert frames.left_out == ("Mika",), "frames that somebody chose go before a portrait"
    assert frames.photo is None, "this server takes no picture bytes"
    assert frames.extra == {
        "frame_images": [
            {"type": "image_url", "image_url": {"url": FRAME}, "frame_type": "first_frame"},
            {"type": "image_url", "image_url": {"url": END}, "frame_type": "last_frame"},
        ]
    }
    items = asked(inworld, f"pictures: [{PICTURE}]; audio: {SOUND}")
    assert items.extra == {
        "input_references": [
            {"type": "image_url", "image_url": {"url": PICTURE}},
            {"type": "image_url", "image_url": {"url": "https://cdn.example/mika.png"}},
            {"type": "audio_url", "audio_url": {"url": SOUND}},
        ]
    }
    assert items.left_out == ()
    assert asked(VLLM_OMNI, f"audio: {SOUND}").extra == {"audio_reference": {"audio_url": SOUND}}
    mine = resolve_dialect({"base": "plain", "references": {"pictures": "urls:images"}})
    assert mine and asked(mine, f"pictures: [{PICTURE}]").extra == {"images": [PICTURE, "https://cdn.example/mika.png"]}
    # All of it passes the check that every paid request passes.
    for dialect, found in ((inworld, items), (openrouter, asked(openrouter, f"pictures: [{PICTURE}]"))):
        check_submission(
            Submission(kind=SubmitKind.CREATE, prompt=found.prompt, model="m", extra=found.extra), dialect, server="s"
        )


@pytest.mark.parametrize(
    ("dialect", "more", "told"),
    [
        (ANIMATIC, f"last_frame: {END}", "Animatic, does not take a last frame."),
        (ANIMATIC, f"pictures: [{PICTURE}]", "Animatic, does not take reference pictures."),
        (VLLM_OMNI, f"last_frame: {END}", "does not take a last frame; it takes a reference sound."),
        (DIALECTS["openrouter"], f"audio: {SOUND}", "does not take a reference sound; it takes a first frame"),
        (DIALECTS["inworld"], f"last_frame: {END}; pictures: [{PICTURE}]", "not both"),
    ],
)
def test_what_a_server_does_not_take_is_said_with_the_scene(dialect: Dialect, more: str, told: str) -> None:
    with pytest.raises(UnsupportedByServerError) as caught:
        asked(dialect, more)
    assert str(caught.value).startswith("Scene 1 (gate) of 'A walk': This server, ") and told in str(caught.value)
    assert str(caught.value).count("Nothing was paid.") == 1


@pytest.mark.parametrize("address", ["include/voice.mp3", "gs://b/voice.mp3", "http://cdn.example/voice.mp3"])
def test_what_a_server_fetches_itself_has_to_be_reachable(address: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"no address that vLLM-Omni can fetch.* https://"):
        asked(VLLM_OMNI, f"audio: {address}")


@pytest.mark.parametrize("value", [{"last_frame": "frame_images"}, {"middle": "frames:x"}, {"audio": 7}, "frames:x"])
def test_a_connection_cannot_describe_what_is_no_reference(value: object) -> None:
    with pytest.raises(ConfigurationError, match=r"dialect\.references"):
        resolve_dialect({"base": "plain", "references": value})
