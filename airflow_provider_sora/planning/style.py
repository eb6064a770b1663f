"""A desk's or brand's style: a YAML file that says how its clips look, in English and Japanese.

::

    name: newsroom
    pad_color: "#101820"            # behind pictures that do not fill the frame
    blocked_terms: [自殺, massacre]   # an item that holds one is skipped before anything is paid
    defaults:                       # one block per language; every key of PARTS
      en: {shot: …, subject: …, action: …, setting: …, light: …, camera: …, sound: …}
      ja: {…}
    scenes:                         # the first whose `match` fits replaces the parts it names
      - name: weather
        match: [snow, 雪]
        en: {subject: …, action: …}
        ja: {…}
    changes:                        # one clear change for each remix
      colder: {en: …, ja: …}
    markets:                        # the change that suits a market; `default` for the others
      jp: {en: …, ja: …}
    keep: {en: …, ja: …}            # what no remix may touch

``{seconds}`` in a text is the clip's length, ``{hold}`` one second less, for the timing of a camera move.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError

#: The parts of a prompt, in the order in which they stand in it.
PARTS = ("shot", "subject", "action", "setting", "light", "camera", "sound")
LANGUAGES = ("en", "ja")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_COLOR = re.compile(r"^#[0-9A-Fa-f]{6}$")

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a clip shows when one of the terms in ``match`` stands in its text."""

    name: str
    match: tuple[str, ...]
    parts: Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class Style:
    """See the module's own text for the file it comes from; every mapping is by language."""

    name: str
    pad_color: str
    defaults: Mapping[str, Texts]
    scenes: tuple[Scene, ...]
    changes: Mapping[str, Texts]
    markets: Mapping[str, Texts]
    keep: Texts
    blocked_terms: tuple[str, ...] = ()

    def parts(self, text: str, language: str) -> tuple[str, dict[str, str]]:
        """The scene's name and the parts for an item whose text (title, summary or category) is ``text``."""
        language = language if language in self.defaults else "en"
        for scene in self.scenes:
            if find_term(text, scene.match):
                return scene.name, {**self.defaults[language], **scene.parts.get(language, {})}
        return "default", dict(self.defaults[language])

    def change(self, name: str, language: str) -> str:
        """The named change's text.

        :raises ConfigurationError: this style has no such change.
        """
        if name not in self.changes:
            raise ConfigurationError(
                f"The style {self.name!r} has no change {name!r}; it has {', '.join(self.changes) or 'none'}. "
                "Nothing was paid."
            )
        return _in(self.changes[name], language)

    def for_market(self, market: str, language: str) -> str:
        """The change that suits ``market``; the style's ``default`` market for one it does not name."""
        return _in(self.markets.get(market) or self.markets["default"], language)


def find_term(text: str, terms: Iterable[str]) -> str | None:
    """The first of ``terms`` in ``text``: width and case do not matter, Latin terms match whole words only."""
    haystack = unicodedata.normalize("NFKC", text).casefold()
    for term in terms:
        needle = unicodedata.normalize("NFKC", str(term)).casefold().strip()
        if not needle:
            continue
        pattern = re.escape(needle)
        if needle.isascii():
            pattern = rf"(?<![a-z0-9]){pattern}(?![a-z0-9])"
        if re.search(pattern, haystack):
            return str(term)
    return None


def load_style(name: str, folder: str | os.PathLike[str]) -> Style:
    """Read ``{folder}/{name}.yaml``.

    :param name: letters, digits, ``-`` and ``_`` only, so that a cell of a catalogue cannot name any other file.
    :raises ConfigurationError: no such style, or one with something missing; the message says what.
    """
    path = os.path.join(os.fspath(folder), f"{name}.yaml")
    if not _NAME.match(name) or not os.path.isfile(path):
        raise ConfigurationError(
            f"There is no style {name[:64]!r} in {folder}. Nothing was paid. Add {name[:64]}.yaml."
        )
    return _read(path, name, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: str, name: str, changed: int) -> Style:
    """``changed`` makes an edited file a new entry; a catalogue asks for its brand's style once a row."""
    import yaml

    with open(path, encoding="utf-8") as stream:
        try:
            return style_from(yaml.safe_load(stream), name)
        except yaml.YAMLError as error:
            raise ConfigurationError(f"The style {name!r} is no YAML: {error}. Nothing was paid.") from error


def has_style(name: str, folder: str | os.PathLike[str]) -> bool:
    """Whether :func:`load_style` would find it."""
    return bool(_NAME.match(name)) and os.path.isfile(os.path.join(os.fspath(folder), f"{name}.yaml"))


def style_from(document: Any, name: str) -> Style:
    """Check a parsed style; ``name`` is for messages.

    :raises ConfigurationError: something is missing or of the wrong kind.
    """
    if not isinstance(document, Mapping):
        raise _wrong(name, "it must be a mapping")
    defaults = _mapping(document, "defaults", name)
    for language in LANGUAGES:
        lacking = [part for part in PARTS if not (defaults.get(language) or {}).get(part)]
        if lacking:
            raise _wrong(name, f"defaults.{language} lacks {', '.join(lacking)}")
    pad_color = str(document.get("pad_color", "#000000"))
    if not _COLOR.match(pad_color):
        raise _wrong(name, f"pad_color must be like #101820, not {pad_color!r}")
    markets = _mapping(document, "markets", name) if "markets" in document else {"default": {}}
    if "default" not in markets:
        raise _wrong(name, "markets needs a default")
    return Style(
        name=str(document.get("name", name)),
        pad_color=pad_color,
        defaults=defaults,
        scenes=tuple(_scene(scene, name) for scene in document.get("scenes") or ()),
        changes=_mapping(document, "changes", name) if "changes" in document else {},
        markets=markets,
        keep=document.get("keep") or {},
        blocked_terms=tuple(str(term) for term in document.get("blocked_terms") or ()),
    )


def _scene(value: Any, name: str) -> Scene:
    if not isinstance(value, Mapping) or not value.get("name") or not isinstance(value.get("match"), list):
        raise _wrong(name, "every scene needs a name and a list match")
    parts = {language: dict(value.get(language) or {}) for language in LANGUAGES}
    unknown = sorted({part for texts in parts.values() for part in texts} - set(PARTS))
    if unknown:
        raise _wrong(name, f"the scene {value['name']!r} has the unknown parts {', '.join(unknown)}")
    return Scene(str(value["name"]), tuple(str(term) for term in value["match"]), parts)


def _mapping(document: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    value = document.get(key)
    if not isinstance(value, Mapping):
        raise _wrong(name, f"{key} must be a mapping")
    return value


def _in(texts: Texts, language: str) -> str:
    return str(texts.get(language) or texts.get("en") or "")


def _wrong(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"The style {name!r} cannot be used: {what}. Nothing was paid. Mend the YAML file.")
