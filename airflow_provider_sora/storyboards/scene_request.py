"""What a scene asks of one server beside its prompt: whom it knows, which pictures and sounds it is told of (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.references import References, fields_of
from airflow_provider_sora.storyboards.file import Scene
from airflow_provider_sora.storyboards.shots import Film, Shot
from airflow_provider_sora.storyboards.wording import scene_prompt


@dataclass(frozen=True, slots=True)
class Asked:
    """A scene as it will be asked of a server.

    :param characters: ids of those whom the server knows.
    :param photo: the picture that it starts from, as ``input_reference``; None where it has none, where it continues
        from another scene, and where the server wants it among ``extra``.
    :param extra: further fields of the request.
    :param left_out: reference pictures of characters that this server has no place for; they go by their words.
    """

    prompt: str
    characters: tuple[str, ...] = ()
    photo: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def asked_of(film: Film, shot: Shot, dialect: Dialect, *, conn_id: str, server: str) -> Asked:
    """What a scene asks of this server.

    :param conn_id: the connection that leads there; characters have their ids by it.
    :param server: the server in words.
    :raises UnsupportedByServerError: the scene refers to what this server does not take; the text names the scene.
    :raises InvalidRequestError: an address that it cannot fetch.
    """
    scene = shot.scene
    ids = {
        name: film.characters[name].ids[conn_id]
        for name in scene.characters
        if conn_id in film.characters[name].ids and dialect.has("characters")
    }
    portraits = {
        name: picture
        for name in scene.characters
        if name not in ids and (picture := film.characters[name].picture) is not None
    }
    shown = tuple(portraits.values()) if _takes_portraits(scene, dialect) else ()
    by_field = "first_frame" in dialect.references and dialect.reference_data is None
    references = References(
        first_frame=scene.first_frame if by_field else None,
        last_frame=scene.last_frame,
        pictures=(*scene.pictures, *(picture for picture in shown if picture not in scene.pictures)),
        audio=scene.audio,
    )
    try:
        extra = fields_of(references, dialect, server)
    except SoraError as error:
        raise error.with_message(
            f"{shot.told.capitalize()} of {film.title!r}: {error.happened}", step=error.step
        ) from error
    return Asked(
        prompt=scene_prompt(film, shot, known=ids),
        characters=tuple(ids.values()),
        photo=None if by_field else scene.first_frame,
        extra=extra,
        left_out=() if shown else tuple(portraits),
    )


def _takes_portraits(scene: Scene, dialect: Dialect) -> bool:
    """Whether there is a place for them; a frame that somebody chose goes before a portrait."""
    ways = {kind: way.partition(":")[0] for kind, way in dialect.references.items()}
    framed = any(getattr(scene, kind) and ways.get(kind) == "frames" for kind in ("first_frame", "last_frame"))
    return "pictures" in ways and not (framed and ways["pictures"] == "items")
