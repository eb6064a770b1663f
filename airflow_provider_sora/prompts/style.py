"""A desk's or brand's style: a YAML file that says how its clips look, in English and Japanese.

::

    name: newsroom
    theme: {en: …, ja: …}           # what all its clips have in common, and
    colours: {en: …, ja: …}         # in which colours: two lines of every prompt
    pad_color: "#101820"            # behind pictures that do not fill the frame
    blocked_terms: [自殺, massacre]   # an item that holds one is skipped before anything is paid
    never_illustrate: [death, minors, …]   # stories of these get no clip unless a person names them, see tone.py
    other_languages: skip           # so do stories in a language that has no word list; or: make
    defaults:                       # one block per language; every key of PARTS
      en: {shot: …, subject: …, action: …, setting: …, light: …, camera: …, sound: …}
      ja: {…}
    scenes:                         # the one whose `match` fits best replaces the parts it names, see scenes.py
      - name: snow
        match: [snow, 雪]
        unless: ["no", lack]        # a text that holds one of these has the neutral scene: the defaults
        en: {subject: …, action: …}
        ja: {…}
    changes:                        # what may change: one clear change for each remix
      colder: {en: …, ja: …}
    markets:                        # the change that suits a market; `default` for the others
      jp: {en: …, ja: …}
    keep: {en: …, ja: …}            # what no remix may touch

Only ``defaults`` is needed. What is given in English only is taken for Japanese too. ``{seconds}`` is the clip's length
and ``{hold}`` one second less, for the timing of a camera move; not in ``changes``, ``markets`` and ``keep``, for a
remix is as long as its source.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.inputs.sources.allowed import checked_path
from airflow_provider_sora.prompts.tone.judge import CATEGORIES

#: The parts of a prompt, in the order in which they stand in it.
PARTS = ("shot", "subject", "action", "setting", "light", "camera", "sound")
LANGUAGES = ("en", "ja")
_KEYS = (
    *("name", "theme", "colours", "pad_color", "blocked_terms", "never_illustrate", "other_languages"),
    *("defaults", "scenes", "changes", "markets", "keep"),
)
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_COLOR = re.compile(r"^#[0-9A-Fa-f]{6}$")

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a clip shows when terms of ``match`` stand in its text, and none of ``unless``."""

    name: str
    match: tuple[str, ...]
    parts: Mapping[str, Texts]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Style:
    """See the module's own text for the file it comes from; every mapping is by language.

    :param never_illustrate: of :data:`~.tone.judge.CATEGORIES`; None where the style does not say.
    :param other_languages: whether a story in a language without a word list is made.
    """

    name: str
    pad_color: str
    defaults: Mapping[str, Texts]
    scenes: tuple[Scene, ...]
    changes: Mapping[str, Texts]
    markets: Mapping[str, Texts]
    keep: Texts
    theme: Texts
    colours: Texts
    blocked_terms: tuple[str, ...] = ()
    never_illustrate: tuple[str, ...] | None = None
    other_languages: bool = False

    def parts(self, scene: Scene | None, language: str) -> dict[str, str]:
        """The parts of a prompt: the defaults, with those that a scene replaces."""
        language = language if language in self.defaults else "en"
        return {**self.defaults[language], **(scene.parts.get(language, {}) if scene else {})}

    def change(self, name: str, language: str) -> str:
        """The named change's text.

        :raises ConfigurationError: this style has no such change.
        """
        return self._chosen("change", name, self.changes, language)

    def for_market(self, market: str, language: str) -> str:
        """The change that suits ``market``; the style's ``default`` market for one it does not name.

        :raises ConfigurationError: it has neither.
        """
        return self._chosen("market", market if market in self.markets else "default", self.markets, language)

    def _chosen(self, kind: str, name: str, of: Mapping[str, Texts], language: str) -> str:
        # Never an empty text: a remix that asks for nothing costs as much as any other.
        text = in_language(of.get(name) or {}, language)
        if not text:
            raise ConfigurationError(
                f"The style {self.name!r} has no {kind} {name!r} in the language {language!r}; it has "
                f"{', '.join(of) or 'none'}.",
                step="add it to the YAML file.",
            )
        return text


def in_language(texts: Texts, language: str) -> str:
    """The text in ``language``, else in English, else ``""``."""
    return texts.get(language) or texts.get("en") or ""


def load_style(name: str, folder: str | os.PathLike[str]) -> Style:
    """Read ``{folder}/{name}.yaml``.

    :param name: letters, digits, ``-`` and ``_`` only, so that a cell of a catalogue cannot name any other file.
    :raises ConfigurationError: no such style, or one with something missing; the message says what.
    :raises InvalidRequestError: the folder is none that inputs may lie in, see ``[sora] input_paths``.
    """
    path = os.path.join(os.fspath(folder), f"{name}.yaml")
    if not _NAME.match(name) or not os.path.isfile(path):
        raise ConfigurationError(f"There is no style {name[:64]!r} in {folder}.", step=f"add {name[:64]}.yaml.")
    return _read(path, name, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: str, name: str, changed: int) -> Style:
    """``changed`` makes an edited file a new entry; a catalogue asks for its brand's style once a row."""
    import yaml

    with open(checked_path(path, said=f"The style {name!r}"), encoding="utf-8") as stream:
        try:
            return style_from(yaml.safe_load(stream), name)
        except yaml.YAMLError as error:
            raise ConfigurationError(f"The style {name!r} is no YAML: {error}.") from error


def has_style(name: str, folder: str | os.PathLike[str]) -> bool:
    """Whether :func:`load_style` would find it."""
    return bool(_NAME.match(name)) and os.path.isfile(os.path.join(os.fspath(folder), f"{name}.yaml"))


def style_from(document: Any, name: str) -> Style:
    """Check a parsed style; ``name`` is for messages.

    :raises ConfigurationError: something is missing, unknown or of the wrong kind.
    """
    if not isinstance(document, Mapping):
        raise _wrong(name, "it must be a mapping")
    unknown = [str(key) for key in document if key not in _KEYS]
    if unknown:
        # A misspelt blocked_terms must not go unnoticed.
        raise _wrong(name, f"it has the unknown keys {', '.join(unknown)}; known are {', '.join(_KEYS)}")
    defaults = _by_name(document, "defaults", name)
    for language in LANGUAGES:
        lacking = [part for part in PARTS if not defaults.get(language, {}).get(part)]
        if lacking:
            raise _wrong(name, f"defaults.{language} lacks {', '.join(lacking)}")
    _check_parts(defaults, "defaults", name)
    pad_color = str(document.get("pad_color", "#000000"))
    if not _COLOR.match(pad_color):
        raise _wrong(name, f"pad_color must be like #101820, not {pad_color!r}")
    others = document.get("other_languages", "skip")
    if others not in ("skip", "make"):
        raise _wrong(name, f"other_languages must be skip or make, not {str(others)[:40]!r}")
    markets = {market.lower(): texts for market, texts in _by_name(document, "markets", name).items()}
    if markets and "default" not in markets:
        raise _wrong(name, "markets needs a default")
    return Style(
        name=str(document.get("name", name)),
        pad_color=pad_color,
        defaults=defaults,
        scenes=tuple(_scene(scene, name) for scene in _list(document, "scenes", name)),
        changes=_by_name(document, "changes", name),
        markets=markets,
        keep=_texts(document.get("keep"), "keep", name),
        theme=_texts(document.get("theme"), "theme", name),
        colours=_texts(document.get("colours"), "colours", name),
        blocked_terms=_terms(document, "blocked_terms", name),
        never_illustrate=_categories(document, name),
        other_languages=others == "make",
    )


def _categories(document: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    found = _terms(document, "never_illustrate", name)
    if not set(found) <= set(CATEGORIES):
        raise _wrong(name, f"never_illustrate has {', '.join(found)}; known are {', '.join(CATEGORIES)}")
    return None if document.get("never_illustrate") is None else found


def _scene(value: Any, name: str) -> Scene:
    if not isinstance(value, Mapping) or not value.get("name") or not isinstance(value.get("match"), list):
        raise _wrong(name, "every scene needs a name and a list match")
    where = f"the scene {value['name']!r}"
    parts = {language: _texts(value.get(language), f"{where}.{language}", name) for language in LANGUAGES}
    _check_parts(parts, where, name)
    return Scene(str(value["name"]), _terms(value, "match", name), parts, _terms(value, "unless", name))


def _terms(document: Mapping[str, Any], key: str, name: str) -> tuple[str, ...]:
    found = _list(document, key, name)
    if any(isinstance(one, bool) for one in found):
        raise _wrong(name, f'{key} has a term that is no text: put it in quotation marks, like "no"')
    return tuple(str(one) for one in found)


def _check_parts(parts: Mapping[str, Texts], where: str, name: str) -> None:
    unknown = sorted({part for texts in parts.values() for part in texts} - set(PARTS))
    if unknown:
        raise _wrong(name, f"{where} has the unknown parts {', '.join(unknown)}")


def _by_name(document: Mapping[str, Any], key: str, name: str) -> dict[str, Texts]:
    value = document.get(key, {})
    if not isinstance(value, Mapping):
        raise _wrong(name, f"{key} must be a mapping")
    for one in value:
        if not isinstance(one, str):
            # YAML reads a bare `no`, the market of Norway, as false.
            raise _wrong(name, f'{key} has the key {one!r}, which is no text: put it in quotation marks, like "no"')
    return {one: _texts(texts, f"{key}.{one}", name) for one, texts in value.items()}


def _texts(value: Any, where: str, name: str) -> Texts:
    if not isinstance(value or {}, Mapping):
        raise _wrong(name, f"{where} must be a mapping of texts, not {str(value)[:40]!r}")
    return {str(key): str(text).strip() for key, text in (value or {}).items() if text}


def _list(document: Mapping[str, Any], key: str, name: str) -> list[Any]:
    value = document.get(key) or []
    if not isinstance(value, list):
        raise _wrong(name, f"{key} must be a list, not {str(value)[:40]!r}")
    return value


def _wrong(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"The style {name!r} cannot be used: {what}.", step="mend the YAML file.")
