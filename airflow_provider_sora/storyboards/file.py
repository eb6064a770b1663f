"""The keys of a storyboard's file, each described once: checks, errors, docs and JSON Schema are made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, WrapValidator
from pydantic.dataclasses import dataclass

from airflow_provider_sora.fields import DESCRIBED, About, Flag, Positive, Wanted, refused, shown

LANGUAGES = ("en", "ja")
#: The five parts of a scene's prompt, in the order in which they stand in it.
PARTS = ("action", "camera", "environment", "light", "time")
#: The look that all scenes share.
LOOK = ("theme", "colour", "camera", "film", "lighting", "vibe")


def _text(value: Any) -> Any:
    """YAML reads 911 as a number; it is meant as it is written."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _name(value: str) -> str:
    if value.isdigit():
        raise refused(f"{value!r} is a number, and numbers mean places in the film", "give the scene a name")
    return value


def _twice(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if values.count(value) > 1:
            raise refused(f"{value!r} stands twice", "take one of them out")
    return values


_Said = Annotated[
    str,
    Field(strict=True),
    BeforeValidator(_text),
    AfterValidator(str.strip),
    Wanted("is no text", 'put it in quotation marks, like "no"'),
]
_Whole = Annotated[int, Field(strict=True, ge=1)]
_Seconds = Annotated[_Whole, Wanted("is not a whole number above 0", "write seconds such as 4")]
_Size = Annotated[
    str,
    Field(strict=True, pattern=r"^[1-9]\d{0,4}x[1-9]\d{0,4}$"),
    Wanted("is no size", "write width x height in pixels, such as 1280x720"),
]


def _transition(value: Any, handler: Callable[[Any], Any]) -> Any:
    try:
        return handler(value)
    except ValidationError:
        # Of two forms neither fits; which one was meant shows only here.
        is_blend = isinstance(value, Mapping) and set(value) == {"blend"}
        what = f"{shown(value['blend'])} is not a number of frames from 1 to 240" if is_blend else "is no transition"
        raise refused(what if is_blend else f"{shown(value)} {what}", "write cut, or {blend: 12}") from None


_Places = Annotated[tuple[_Said, ...], Wanted("is not a list", "write [one, two]"), AfterValidator(_twice)]
_Scene = Annotated[
    Annotated[int, Field(strict=True, ge=1)] | Annotated[str, Field(strict=True, min_length=1)],
    Field(union_mode="left_to_right"),
    Wanted("is no scene", "write another scene's id, or its number"),
]


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class Preset:
    """The look that all scenes share."""

    theme: Annotated[_Said | None, About("what kind of film it is")] = None
    colour: Annotated[_Said | None, About("its palette")] = None
    camera: Annotated[_Said | None, About("lens and camera; a move here is a move of every scene")] = None
    film: Annotated[_Said | None, About("film stock, grain, format")] = None
    lighting: Annotated[_Said | None, About("where light comes from")] = None
    vibe: Annotated[_Said | None, About("how it feels")] = None
    avoid: Annotated[_Said | None, About("what is never to be seen, as a sentence: `No logos, no readable text.`")] = (
        None
    )


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class Character:
    """Somebody who appears in several scenes, described once."""

    look: Annotated[_Said, About("how they look; stands in every prompt in which the server does not know them")]
    picture: Annotated[
        _Said | None, About("address of a reference picture, for servers that take several; others go by `look`")
    ] = None
    ids: Annotated[
        Mapping[str, _Said],
        Wanted("is not a mapping", "write {connection: id}"),
        About("ids of the servers' own characters, by Airflow connection: `{sora_default: char_123}`"),
    ] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class Line:
    """What somebody says."""

    says: Annotated[_Said, About("the words")]
    who: Annotated[_Said | None, About("whose they are")] = None


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class Blend:
    """One scene dissolves into the next."""

    blend: Annotated[int, Field(strict=True, ge=1, le=240), About("over how many frames")]


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class Scene:
    """One scene, which becomes one clip."""

    action: Annotated[_Said, About("who or what is seen, and what happens; one action")]
    id: Annotated[
        Annotated[_Said, AfterValidator(_name)] | None,
        About("what it is called, whatever its place: with an id, scenes may move without being new; else its number"),
    ] = None
    camera: Annotated[_Said | None, About("one framing, one move: `Wide shot at eye level, slow dolly in`")] = None
    environment: Annotated[_Said | None, About("where it is")] = None
    light: Annotated[_Said | None, About("lighting and colour of this scene")] = None
    time: Annotated[_Said | None, About("the flow of time: speed, what comes after what, a hold at the end")] = None
    sound: Annotated[_Said | None, About("what is heard")] = None
    dialogue: Annotated[
        tuple[Line, ...],
        Wanted("is not a list of lines", 'write [{who: Mika, says: "…"}]'),
        About("what is said: `[{who, says}]`; also the captions"),
    ] = ()
    characters: Annotated[_Places, About("who appears, by the names under `characters`")] = ()
    seconds: Annotated[_Seconds | None, About("its length; else the film's")] = None
    first_frame: Annotated[_Said | None, About("address of the picture that it starts from")] = None
    last_frame: Annotated[_Said | None, About("address of the picture that it ends on, for servers that take one")] = (
        None
    )
    pictures: Annotated[
        _Places, About("addresses of reference pictures that fix no frame, where the server has it")
    ] = ()
    audio: Annotated[_Said | None, About("address of a reference sound or voice, for servers that take one")] = None
    continue_from: Annotated[
        _Scene | None, About("id or number of the scene on whose last frame it starts; it is made after that one")
    ] = None
    transition: Annotated[
        Literal["cut"] | Blend,
        WrapValidator(_transition),
        About("to the next scene: `cut`, or `{blend: 12}`, a dissolve over so many frames"),
    ] = "cut"
    take: Annotated[
        Annotated[_Whole, Wanted("is not a whole number above 0", "write 2")],
        About("another number makes, and pays for, the same words once more"),
    ] = 1


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class Cut:
    """What lies over the whole film."""

    opening: Annotated[_Said | None, About("words of a card in front; its first line is set larger")] = None
    closing: Annotated[_Said | None, About("words of a card at the end")] = None
    card_seconds: Annotated[Positive, About("how long each of the two stands")] = 2.0
    music: Annotated[_Said | None, About("address of a file with sound that lies under the film")] = None
    loudness: Annotated[
        Annotated[float, Field(strict=True, ge=-40, le=-5), Wanted("is not a number from -40 to -5", "write -14")]
        | None,
        About("LUFS of the whole film after EBU R128; -14 where there is music"),
    ] = None
    loop: Annotated[
        Annotated[int, Field(strict=True, ge=0, le=240), Wanted("is not a number of frames from 0 to 240", "write 24")],
        About("frames over which the end dissolves into the beginning"),
    ] = 0
    burn_captions: Annotated[
        Flag, About("draw the dialogue into the pictures; it lies beside the film in any case")
    ] = False
    mark: Annotated[_Said | None, About("words that are laid over every picture: `AI generated`")] = None


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class StoryboardFile:
    """The keys of the file."""

    title: Annotated[_Said, About("the film's; names its clips and its cut")]
    scenes: Annotated[
        tuple[Scene, ...],
        Wanted("is not a list of scenes", "write [{action: …, camera: …}, …]"),
        About("in the order of the film; see below"),
    ]
    language: Annotated[Literal[LANGUAGES], About("`en` or `ja`: that of the texts, and of the prompts' labels")] = "en"  # type: ignore[valid-type]
    size: Annotated[_Size | None, About("of all scenes: `1280x720`; else the run's")] = None
    seconds: Annotated[_Seconds | None, About("of scenes that say nothing else; else the run's")] = None
    preset: Annotated[
        Preset, Wanted("is not a mapping", "write {theme: …, colour: …}"), About("the look of all scenes; see below")
    ] = Field(default_factory=Preset)
    characters: Annotated[
        Mapping[str, Character],
        Wanted("is not a mapping", "write {Mika: {look: …}}"),
        About("by name; see below"),
    ] = Field(default_factory=dict)
    cut: Annotated[
        Cut, Wanted("is not a mapping", "write {opening: …, loudness: -14}"), About("the film as a whole; see below")
    ] = Field(default_factory=Cut)


__all__ = ["LOOK", "PARTS", "Blend", "Character", "Cut", "Line", "Preset", "Scene", "StoryboardFile"]
