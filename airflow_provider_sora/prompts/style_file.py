"""A desk's or brand's style, as its YAML file says it: how its clips look, in English and Japanese; each key once.

Only ``defaults`` is needed. What is given in English only is taken for Japanese too. ``{seconds}`` is the clip's length
and ``{hold}`` one second less, for the timing of a camera move; not in ``changes``, ``markets`` and ``keep``, for a
remix is as long as its source. Checks, errors, the table of docs/inputs.md and its JSON Schema are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.dataclasses import dataclass

from airflow_provider_sora.fields import DESCRIBED, About, KnownOnly, Text, Wanted, refused
from airflow_provider_sora.prompts.tone.judge import CATEGORIES

#: The parts of a prompt, in the order in which they stand in it.
PARTS = ("shot", "subject", "action", "setting", "light", "camera", "sound")
LANGUAGES = ("en", "ja")

Texts = Mapping[str, str]


def _text(value: Any) -> Any:
    """YAML reads 911 as a number; it is meant as it is written."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _given(texts: Any) -> Any:
    """None is no text, and one that is empty neither."""
    return {key: text for key, text in texts.items() if text} if isinstance(texts, Mapping) else (texts or {})


def _whole(parts: Texts) -> Texts:
    lacking = [part for part in PARTS if not parts.get(part)]
    if lacking:
        raise refused(f"it lacks {', '.join(lacking)}", "give each of them a text")
    return parts


def _in_each_language(defaults: Mapping[str, Texts]) -> Mapping[str, Texts]:
    for language in LANGUAGES:
        if language not in defaults:
            raise refused(f"it lacks {language}", f"give it {', '.join(PARTS)}")
    return defaults


def _markets(markets: Mapping[str, Texts]) -> Mapping[str, Texts]:
    if markets and "default" not in markets:
        raise refused("it needs a default", "add the text for all other markets under default")
    return {market.lower(): texts for market, texts in markets.items()}


# YAML reads a bare `no`, the market of Norway, as false.
_QUOTED = Wanted("is no text", 'put it in quotation marks, like "no"')
_Name = Annotated[str, Field(strict=True), _QUOTED]
_Said = Annotated[str, Field(strict=True), BeforeValidator(_text), AfterValidator(str.strip), _QUOTED]
_Texts = Annotated[
    Mapping[_Name, _Said], BeforeValidator(_given), Wanted("is not a mapping of texts", "write {en: …, ja: …}")
]
_Parts = Annotated[
    Mapping[Literal[PARTS], _Said],  # type: ignore[valid-type]
    BeforeValidator(_given),
    Wanted("is not a mapping of texts", "write {shot: …, subject: …}"),
]
_Terms = Annotated[
    tuple[Annotated[str, Field(strict=True), BeforeValidator(_text), _QUOTED], ...],
    Wanted("is not a list", "write [one, two]"),
]
_TextsBy = Annotated[Mapping[_Name, _Texts], Wanted("is not a mapping", "write {name: {en: …, ja: …}}")]


@dataclass(frozen=True, config=DESCRIBED)
class Scene:
    """What a clip shows when terms of ``match`` stand in its text, and none of ``unless``."""

    name: Annotated[Text, BeforeValidator(_text), About("which scene a clip got, in its label")]
    match: Annotated[_Terms, About("words of which one has to stand in the text")]
    unless: Annotated[_Terms, About("words of which none may: the scene is neutral then")] = ()
    en: Annotated[_Parts, About("parts that replace those of `defaults`")] = Field(default_factory=dict)
    ja: Annotated[_Parts, About("the same in Japanese")] = Field(default_factory=dict)

    @property
    def parts(self) -> Mapping[str, Texts]:
        """By language."""
        return {"en": self.en, "ja": self.ja}


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class StyleFile:
    """The keys of the file."""

    name: Annotated[Text, BeforeValidator(_text), About("what it is called on pages; else the file's name")]
    defaults: Annotated[
        Mapping[_Name, Annotated[_Parts, AfterValidator(_whole)]],
        AfterValidator(_in_each_language),
        Wanted("is not a mapping", "write {en: {shot: …, …}, ja: {shot: …, …}}"),
        About(
            "the parts of every prompt, in English (`en`) and Japanese (`ja`): `shot`, `subject`, `action`, "
            "`setting`, `light` (and mood), `camera`, `sound`"
        ),
    ]
    theme: Annotated[_Texts, About("a line of every prompt: what all clips have in common")] = Field(
        default_factory=dict
    )
    colours: Annotated[_Texts, About("another: in which colours")] = Field(default_factory=dict)
    scenes: Annotated[
        tuple[Annotated[Scene, KnownOnly()], ...],
        Wanted("is not a list of scenes", "write [{name: …, match: […], en: {…}, ja: {…}}]"),
        About(
            "parts (`en`, `ja`) that replace those of `defaults` where words of `match`, and none of `unless`, stand "
            "in the article; for products, in the category. The one that fits best counts"
        ),
    ] = ()
    changes: Annotated[_TextsBy, About("what may change: one clear change for each remix")] = Field(
        default_factory=dict
    )
    markets: Annotated[
        _TextsBy,
        AfterValidator(_markets),
        About("the change that suits a market; `default` for the others"),
    ] = Field(default_factory=dict)
    keep: Annotated[_Texts, About("what no remix may touch")] = Field(default_factory=dict)
    pad_color: Annotated[
        str,
        Field(strict=True, pattern=r"^#[0-9A-Fa-f]{6}$"),
        Wanted("is no colour", 'write it like "#101820"'),
        About("the ground on which a photo of another shape is fitted"),
    ] = "#000000"
    never_illustrate: Annotated[
        Annotated[
            tuple[Literal[CATEGORIES], ...],  # type: ignore[valid-type]
            Wanted("is not a list", f"write [{', '.join(CATEGORIES)}]"),
        ]
        | None,
        About(
            "kinds of stories that get no clip unless a person names them: "
            + ", ".join(f"`{category}`" for category in CATEGORIES)
        ),
    ] = None
    other_languages: Annotated[
        Literal["skip", "make"],
        About("`skip` (default) or `make`: stories in a language for which there is no word list"),
    ] = "skip"
    blocked_terms: Annotated[
        _Terms,
        About("an item that holds one is left out before anything is paid, whatever `tone_override` says"),
    ] = ()
