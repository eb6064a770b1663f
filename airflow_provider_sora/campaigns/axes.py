"""The variants of a campaign: combinations of what its axes offer, all of them or a stated share."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.arguments import as_number, as_seconds, as_text, wrong
from airflow_provider_sora.campaigns.template import Template, read_template
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.inputs.catalogues.layouts import normal
from airflow_provider_sora.stores.keys import digest

#: Axes of these names say what is asked of the server, not what stands in the prompt.
ASKED = ("size", "seconds", "model")
#: The name of the one variant of a campaign without axes.
BASE = "base"
#: More combinations than anybody looks at side by side.
MOST = 500


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that varies.

    :param values: for each name the words of its place, which may have places for columns.
    """

    name: str
    values: Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class Variant:
    """One combination.

    :param name: made of its values' names, in the order of the axes: ``morning-question``.
    :param chosen: the name of the value of every axis.
    :param words: for each axis that is no setting its words.
    :param size: and ``seconds``, ``model``: what the axes of these names set; None leaves it to the run.
    """

    name: str
    chosen: Mapping[str, str]
    words: Mapping[str, Template]
    size: str | None = None
    seconds: int | None = None
    model: str | None = None


def read_axes(given: object) -> tuple[Axis, ...]:
    """Axes as a person wrote them: ``{"light": ["morning", "evening"], "hook": {"question": "Who needs {title}?"}}``.

    A list gives values whose words are their names; a mapping gives words to each name.

    :raises ConfigurationError: it is no such mapping, an axis is empty, or a name stands twice; nothing was paid.
    """
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise wrong("axes", given, 'a mapping such as {"light": ["morning", "evening"]}')
    axes = []
    for written, offered in given.items():
        name = normal(written)
        if isinstance(offered, Mapping):
            pairs = [
                (str(value), words if name in ASKED else _words(written, value, words))
                for value, words in offered.items()
            ]
        elif isinstance(offered, Sequence) and not isinstance(offered, str):
            pairs = [(_named(written, value), value) for value in offered]
        else:
            raise wrong(f"axes.{written}", offered, "a list of values, or a mapping of names to words")
        names = [_readable(value) for value, _ in pairs]
        if not name or not names or "" in names or len(set(names)) < len(names):
            raise ConfigurationError(
                f"The axis {written!r} has the values {', '.join(map(repr, (value for value, _ in pairs))) or 'none'}.",
                step="give it at least one value, each with letters or digits and another name than the others.",
            )
        values = {
            one: _setting(name, words) if name in ASKED else read_template(f"axes.{written}.{one}", str(words))
            for one, (_, words) in zip(names, pairs, strict=True)
        }
        axes.append(Axis(name, values))
    if len({axis.name for axis in axes}) < len(axes):
        raise ConfigurationError("Two axes have the same name.", step="name each axis once.")
    return tuple(axes)


def variants(axes: Sequence[Axis], share: object = 1.0) -> tuple[Variant, ...]:
    """The combinations in the order of the axes, the last one changing fastest.

    :param share: above 0 and at most 1: what part of them, rounded up. Chosen so that every value of an axis, then
        every pair of values, stands as often as any other; always the same ones, and those of a smaller share are
        among those of a larger one, so raising it makes nothing twice.
    :raises ConfigurationError: no such share, or more than ``MOST`` combinations; nothing was paid.
    """
    part = as_number("share", 1.0 if share is None else share, above=True)
    if part is None or part > 1:
        raise wrong("share", share, "above 0 and at most 1")
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST:
        raise ConfigurationError(
            f"The axes make {count} combinations, more than {MOST}.",
            step="leave values out, or make two campaigns of it.",
        )
    combinations = list(itertools.product(*(axis.values for axis in axes)))
    wanted = math.ceil(part * count - 1e-9)
    chosen = set(combinations if wanted == count else _balanced(combinations, wanted))
    return tuple(_variant(axes, names) for names in combinations if names in chosen)


def _balanced(combinations: list[tuple[str, ...]], wanted: int) -> list[tuple[str, ...]]:
    """The first ``wanted`` of an order in which values, and pairs of them, come evenly."""
    singles: Counter[Any] = Counter()
    pairs: Counter[Any] = Counter()
    left = sorted(combinations, key=lambda names: digest(*names))
    taken: list[tuple[str, ...]] = []
    for _ in range(wanted):
        best = min(
            left,
            key=lambda names: (
                sum(singles[one] for one in enumerate(names)),
                sum(pairs[two] for two in itertools.combinations(enumerate(names), 2)),
            ),
        )
        left.remove(best)
        taken.append(best)
        singles.update(enumerate(best))
        pairs.update(itertools.combinations(enumerate(best), 2))
    return taken


def _variant(axes: Sequence[Axis], names: tuple[str, ...]) -> Variant:
    picked = {axis.name: axis.values[name] for axis, name in zip(axes, names, strict=True)}
    asked: dict[str, Any] = {name: words.fill({}) for name, words in picked.items() if name in ASKED}
    if "seconds" in asked:
        asked["seconds"] = as_seconds(asked["seconds"])
    words = {name: words for name, words in picked.items() if name not in ASKED}
    chosen = {axis.name: name for axis, name in zip(axes, names, strict=True)}
    return Variant("-".join(names) or BASE, chosen, words, **asked)


def _setting(name: str, words: object) -> Template:
    text = as_text(f"axes.{name}", str(words)) or ""
    if name == "seconds":
        as_seconds(text)
    return Template(((text, None),))


def _named(axis: object, value: object) -> str:
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    raise wrong(f"axes.{axis}", value, "a list of texts or whole numbers")


def _words(axis: object, name: object, words: object) -> object:
    if isinstance(words, (str, int)) and not isinstance(words, bool):
        return words
    raise wrong(f"axes.{axis}.{name}", words, "text or a whole number")


def _readable(name: str) -> str:
    """A value's name as it stands in labels and file names: letters and digits of any script."""
    return "_".join("".join(c if c.isalnum() else " " for c in normal(name)).split())[:40]
