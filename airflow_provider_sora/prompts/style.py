"""A desk's or brand's style: read from its YAML file, and asked for the words of a prompt.

::

    name: newsroom
    theme: {en: …, ja: …}           # what all its clips have in common, and
    colours: {en: …, ja: …}         # in which colours: two lines of every prompt
    defaults:                       # one block per language; every key of PARTS
      en: {shot: …, subject: …, action: …, setting: …, light: …, camera: …, sound: …}
      ja: {…}
    scenes:                         # the one whose `match` fits best replaces the parts it names, see scenes.py
      - name: snow
        match: [snow, 雪]
        unless: ["no", lack]        # a text that holds one of these has the neutral scene: the defaults
        en: {subject: …, action: …}
        ja: {…}
    changes:
      colder: {en: …, ja: …}

All keys are described in :mod:`.style_file`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic.dataclasses import dataclass

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.fields import DESCRIBED, Problem, about, misspelt, read
from airflow_provider_sora.inputs.sources.allowed import checked_path
from airflow_provider_sora.prompts.style_file import PARTS as PARTS
from airflow_provider_sora.prompts.style_file import Scene, StyleFile, Texts

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class Style(StyleFile):
    """What the file says, and the words that it has for a prompt; every mapping is by language."""

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
    """Check a parsed style; ``name`` is for messages, and the style's where it gives itself none.

    :raises ConfigurationError: something is missing, unknown or of the wrong kind.
    """

    def fault(problem: Problem) -> ConfigurationError:
        return ConfigurationError(
            f"The style {name!r} cannot be used: {problem.place}: {problem.what}.",
            step=f"mend its YAML file: {problem.step}.",
        )

    if not isinstance(document, Mapping):
        raise fault(Problem("the file", "it must be a mapping", "write keys and values, such as defaults"))
    known = about(StyleFile)
    for key in document:
        if key not in known:
            # A misspelt blocked_terms must not go unnoticed.
            raise fault(misspelt(key, known, "it is no key of a style"))
    # A key without a value is not set.
    given = {key: value for key, value in document.items() if value is not None}
    return read(lambda: Style(**{"name": name, **given}), fault)
