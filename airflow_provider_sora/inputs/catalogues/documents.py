"""JSON and XML as rows: a JSON array, an object that holds one, JSON Lines, and the items of a Merchant feed."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from xml.parsers import expat

from airflow_provider_sora.inputs.catalogues.table import Rows, Table
from airflow_provider_sora.words.reasons import because

_ITEMS = ("item", "entry", "product", "offer")
#: So many rows are asked for their names: an optional one may be missing from the first.
_LOOKED_AT = 50
#: A JSON object with one of these is a product, and no wrapper around products.
_OF_A_PRODUCT = ("sku", "title", "name", "handle")
#: So deep a list of products may lie in a JSON document.
_WRAPPERS = 5
#: Characters that are parsed at once.
_PIECE = 1 << 18


class UnreadableError(ValueError):
    """No table; the text says why, and quotes nothing."""


def json_table(text: str, *, lines: bool) -> Table:
    """JSON Lines, where the name says so or it is no single document; else the document's list of objects.

    :raises UnreadableError: a document without such a list.
    """
    rows = _lines(text)
    kind = "JSON Lines"
    if not lines:
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            if text.lstrip()[:1] == "[":
                raise UnreadableError("is a JSON array that is not well-formed, or was cut off") from None
        else:
            if not _is_product(document):
                rows, kind = _objects(_list_in(document)), "JSON"
    head = list(itertools.islice(rows, _LOOKED_AT))
    columns = dict.fromkeys(name for _, row in head if isinstance(row, dict) for name in row)
    return Table(columns=[str(name) for name in columns], rows=itertools.chain(head, rows), kind=kind)


def _is_product(document: Any) -> bool:
    """One line of JSON Lines is a document too."""
    return isinstance(document, dict) and any(str(name).casefold() in _OF_A_PRODUCT for name in document)


def _list_in(document: Any) -> list[Any]:
    """The document's list of objects; where it lies in wrappers, the outermost."""
    level = [document]
    for _ in range(_WRAPPERS):
        found = [one for one in level if isinstance(one, list) and (one is document or _is_list_of_objects(one))]
        if len(found) > 1:
            raise UnreadableError("is JSON that holds several lists of objects")
        if found:
            return found[0]
        level = [value for one in level if isinstance(one, dict) for value in one.values()]
    raise UnreadableError("is JSON without a list of objects")


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _objects(found: list[Any]) -> Rows:
    for number, row in enumerate(found, 1):
        if isinstance(row, dict) and isinstance(row.get("node"), dict):
            row = row["node"]  # GraphQL's edges
        yield number, row if isinstance(row, dict) else because("no_object")


def _lines(text: str) -> Rows:
    """The rows of JSON Lines; a row's number is its line's."""
    # Not splitlines(): JSON may hold the other characters that end a line for Unicode, such as U+2028.
    at, number = 0, 0
    while at < len(text):
        end = text.find("\n", at)
        line, at, number = text[at : end if end >= 0 else None], (end + 1 or len(text)), number + 1
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, because("no_json", problem=str(error))
            continue
        yield number, row if isinstance(row, dict) else because("no_object")


def xml_table(text: str) -> Table:
    """The items of an RSS or Atom document, each by the local names of its elements.

    :raises UnreadableError: no XML, no items, or a document type: it could name files or unfold to gigabytes.
    """
    rows = _xml_rows(text)
    head = list(itertools.islice(rows, _LOOKED_AT))
    if not head:
        raise UnreadableError("is XML without any item or entry")
    columns = dict.fromkeys(name for _, row in head if isinstance(row, dict) for name in row)
    return Table(columns=list(columns), rows=itertools.chain(head, rows), kind="XML")


class _Items:
    """Collects the items that a parser meets. What stands below an item's own elements is no column."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self._item: dict[str, Any] | None = None
        self._depth = 0
        self._name = ""
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, local = tag.rpartition(" ")
        if self._item is None:
            if local.lower() in _ITEMS:
                self._item, self._depth = {}, 0
            return
        self._depth += 1
        if self._depth == 1:
            self._name, self._text = ("g:" if "base.google.com" in space else "") + local, []
            if local == "link" and "href" in attributes and attributes.get("rel", "alternate") == "alternate":
                self._text = [attributes["href"]]

    def text(self, data: str) -> None:
        if self._depth == 1:
            self._text.append(data)

    def end(self, tag: str) -> None:
        if self._item is None:
            return
        if self._depth == 0:
            # What Merchant calls "id" is another thing than Atom's: the first wins.
            ours = {name[2:]: value for name, value in self._item.items() if name.startswith("g:")}
            self.found.append({**{name: v for name, v in self._item.items() if not name.startswith("g:")}, **ours})
            self._item = None
            return
        self._depth -= 1
        if self._depth == 0 and (value := "".join(self._text).strip()):
            self._item.setdefault(self._name, value)


def _xml_rows(text: str) -> Iterator[tuple[int, Any]]:
    items = _Items()
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartElementHandler, parser.EndElementHandler = items.start, items.end
    parser.CharacterDataHandler = items.text
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise UnreadableError("is XML with a document type, which is not read")

    parser.StartDoctypeDeclHandler = refuse
    # A document that was cut off must not look like one of fewer products, so the end is read before the first is used.
    try:
        for piece in _pieces(re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", text, count=1)):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        problem = expat.errors.messages[error.code]
        raise UnreadableError(f"is no well-formed XML: line {error.lineno}, {problem}") from None
    yield from enumerate(items.found, 1)


def _pieces(text: str) -> Iterable[bytes]:
    return (text[at : at + _PIECE].encode("utf-8", "replace") for at in range(0, len(text), _PIECE))
