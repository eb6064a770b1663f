"""A prompt with named places: ``Close-up of {title}. {light}``. Nothing in it is code: a place is a name, no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from string import Formatter

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.inputs.catalogues.layouts import normal


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and places, in turn.

    :param parts: ``(text, place)``; the last place may be None. Places are in the form in which columns are compared.
    """

    parts: tuple[tuple[str, str | None], ...]

    @property
    def places(self) -> tuple[str, ...]:
        """The names of its places, each once, in order."""
        return tuple(dict.fromkeys(place for _, place in self.parts if place is not None))

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with every place filled; a value is text and its braces mean nothing.

        :raises KeyError: a place has no value; see :meth:`lacks`.
        """
        return "".join(text + ("" if place is None else values[place]) for text, place in self.parts)

    def lacks(self, values: Mapping[str, str]) -> list[str]:
        """Places that would stay blank."""
        return [place for place in self.places if not values.get(place, "").strip()]

    def filled_but(self, values: Mapping[str, str], kept: Collection[str]) -> Template:
        """The template with all places filled but those in ``kept``."""
        return Template(
            tuple(
                (text, place) if place is None or place in kept else (text + values[place], None)
                for text, place in self.parts
            )
        )

    def with_parts(self, words: Mapping[str, Template]) -> Template:
        """The template with a place replaced by what may have places of its own."""
        parts: list[tuple[str, str | None]] = []
        for text, place in self.parts:
            if place is None or place not in words:
                parts.append((text, place))
            else:
                parts += [(text, None), *words[place].parts]
        return Template(tuple(parts))

    def __str__(self) -> str:
        """As it would be written: what it parses to is itself."""
        return "".join(
            text.replace("{", "{{").replace("}", "}}") + ("" if place is None else f"{{{place}}}")
            for text, place in self.parts
        )

    @property
    def shown(self) -> str:
        """For people: places stand as ``[name]``."""
        return "".join(text + ("" if place is None else f"[{place}]") for text, place in self.parts)


def read_template(name: str, text: object) -> Template:
    """A template as a person wrote it; ``{{`` and ``}}`` are braces.

    :param name: what an error calls it.
    :raises ConfigurationError: it is blank, a brace is open, or a place is more than a name; nothing was paid.
    """
    if not isinstance(text, str) or not text.strip():
        raise ConfigurationError(f"{name} is blank.", step="write the prompt, with places such as {title}.")
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise ConfigurationError(
            f"{name} cannot be read: {error}.", step="close every brace; write {{ and }} for braces that are text."
        ) from None
    parts: list[tuple[str, str | None]] = []
    for literal, place, form, conversion in parsed:
        if place is not None and (form or conversion or any(c in place for c in ".[]") or not normal(place)):
            written = place + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise ConfigurationError(
                f"{name} has the place {{{written[:60]}}}, but a place is the name of a column or of an axis.",
                step="write it as {name}.",
            )
        parts.append((literal, None if place is None else normal(place)))
    return Template(tuple(parts))
