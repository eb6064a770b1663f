"""YAML or JSON as data, with the line of every key: what a parser forgets and an error needs (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

At = tuple[int | str, ...]
#: How many keys and values a file may hold. References within YAML can stand for many more than were written.
MOST = 20_000


class DocumentError(Exception):
    """It is no YAML or JSON, or a key stands twice."""

    def __init__(self, what: str, step: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what, self.step, self.line = what, step, line


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says.

    :param lines: of every key and list entry, by its path; from 1.
    """

    data: Any
    lines: Mapping[At, int] = field(default_factory=dict)

    def line(self, at: At) -> int | None:
        """The line of a place, or of the nearest around it that was written."""
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at)


def parse(text: str) -> Document:
    """Read JSON, where the text is that, or YAML.

    :raises DocumentError: it is neither, holds a key twice, or stands for more than :data:`MOST` values.
    """
    import yaml

    found = _json(text) if text.lstrip().startswith(("{", "[")) else None
    try:
        # What is JSON is YAML as well, but for tabs, which cannot stand within its texts. Here it gives the lines.
        loader = yaml.SafeLoader(text if found is None else text.replace("\t", " "))
        try:
            node = loader.get_single_node()
            lines = _Lines().of(node)
            data = (loader.construct_document(node) if node is not None else None) if found is None else found
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DocumentError(
            f"it is no YAML: {error.problem or error.context}", "correct it", mark.line + 1 if mark else None
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError(f"it is no YAML: {error}", "correct it") from error
    return Document(data, lines)


def _json(text: str) -> Any:
    """The value; None where it is no JSON, but may be YAML, which may begin with a brace as well."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # the latter is told of where it is read as YAML
        return None


class _Lines:
    def __init__(self) -> None:
        self._found: dict[At, int] = {}
        self._within: list[int] = []

    def of(self, node: Any) -> dict[At, int]:
        if node is not None:
            self._walk(node, ())
        return self._found

    def _walk(self, node: Any, at: At) -> None:
        if id(node) in self._within:
            raise DocumentError("a reference leads back to itself", "write it out", node.start_mark.line + 1)
        if len(self._found) > MOST:
            raise DocumentError(f"it holds more than {MOST:,} values", "make several films of it")
        self._found.setdefault(at, node.start_mark.line + 1)
        self._within.append(id(node))
        if node.id == "mapping":
            self._mapping(node, at)
        elif node.id == "sequence":
            for index, entry in enumerate(node.value):
                self._walk(entry, (*at, index))
        self._within.pop()

    def _mapping(self, node: Any, at: At) -> None:
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen and key.id == "scalar":
                raise DocumentError(
                    f"{name!r} stands twice, here and in line {seen[name]}", "take one of them out", line
                )
            seen[name] = line
            self._found[(*at, name)] = line
            self._walk(value, (*at, name))
