"""Which column of a shop's own export is what: one small table in ``layouts/`` for each kind, see :class:`Layout`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

#: What a product is made of, in the order in which it is shown.
FIELDS = ("sku", "title", "selling_points", "photo", "market", "category", "brand", "language", "url", "rights")
#: What a mapping of columns may name besides: the folder or address from which relative photos are taken.
PHOTO_BASE = "photo_base"
#: Keys by which a JSON mapping names its picture.
_PICTURE_KEYS = ("src", "url", "link", "href", "original")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of table.

    :param name: the name of its file.
    :param title: for people.
    :param has: columns by which it is known: all of them, of each group at least one.
    :param fields: for each field its columns, the first that is not blank counts; ``=text`` is a constant. A column of
        JSON may be a path, ``images.src``.
    :param needs: fields that no row may leave blank.
    :param names: what rows of one product share, as templates such as ``{Handle}``.
    :param parent: columns in which a variant names its product.
    :param children: columns in which a product names its variants, as ``sku=…``.
    :param variant: a variant is a row in which one of these columns has one of these values.
    :param each: rows of one product are judged one by one, and the first good one stands for all.
    :param below: a row that has no name belongs to the product above it.
    :param rooted_photos: a photo that begins with ``/`` is relative none the less.
    :param leave_out: reasons, each with the values of columns that must all be there for it.
    """

    name: str
    title: str
    has: tuple[tuple[str, ...], ...]
    fields: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...] = ("sku", "title", "photo")
    names: tuple[str, ...] = ()
    parent: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    variant: Mapping[str, tuple[str, ...]] | None = None
    each: bool = False
    below: bool = False
    rooted_photos: bool = False
    leave_out: tuple[tuple[str, Mapping[str, tuple[str, ...]]], ...] = ()

    def fits(self, columns: set[str]) -> bool:
        return all(any(column in columns for column in group) for group in self.has)

    def lacks(self, columns: set[str]) -> list[str]:
        """Columns by which it would be known and that are not there."""
        return [group[0] for group in self.has if not any(column in columns for column in group)]

    def knows(self, columns: set[str]) -> int:
        """How many of the columns it has a use for."""
        return len({c for group in (*self.fields.values(), *self.has) for c in group} & columns)


def normal(name: object) -> str:
    """A column's name as it is compared: width, case, and white space or underscores do not matter."""
    text = unicodedata.normalize("NFKC", str(name)).replace("\ufeff", "").casefold().strip()
    return re.sub(r"[\s_]+", "_", text.removeprefix("g:"))


@lru_cache(maxsize=1)
def layouts() -> tuple[Layout, ...]:
    """Every layout there is, our own first."""
    folder = files(__package__).joinpath("layouts")
    found = [
        _layout(one.name[:-5], tomllib.loads(one.read_text("utf-8")))
        for one in folder.iterdir()
        if one.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda layout: (layout.name != "own", layout.name)))


def recognised(columns: Iterable[str]) -> Layout | None:
    """The layout that these columns (normal form) are known by; of several the one that has a use for most of them."""
    have = set(columns)
    return max((one for one in layouts() if one.fits(have)), key=lambda one: one.knows(have), default=None)


def nearest(columns: Iterable[str]) -> Layout:
    """The layout that lacks least of these columns."""
    have = set(columns)
    return min(layouts(), key=lambda one: (len(one.lacks(have)), -one.knows(have)))


def values(row: Row, column: str) -> list[Any] | None:
    """What a row has under a column or path, lists flattened, mappings left out; None where there is no such column."""
    if column in row:
        found = row[column]
    else:
        head, dot, rest = column.partition(".")
        if not dot or head not in row:
            return None
        found = _below(row[head], rest)
    return [one for one in _flat(found) if not isinstance(one, Mapping)]


def pictures(row: Row, column: str) -> list[Any]:
    """Like :func:`values`, but a mapping stands for the picture that it names."""
    found = _flat(row[column]) if column in row else values(row, column) or []
    texts = (_picture_in(one) if isinstance(one, Mapping) else one for one in found)
    return [one for one in texts if isinstance(one, str) and one.strip()]


def _picture_in(value: Mapping[str, Any]) -> Any:
    return next((value[key] for key in _PICTURE_KEYS if isinstance(value.get(key), str)), None)


def matches(row: Row, when: Mapping[str, tuple[str, ...]]) -> bool | None:
    """Whether every column named has one of the values named; None where a row says nothing about it."""
    told = False
    for column, wanted in when.items():
        found = values(row, column)
        if found is None:
            return None
        texts = [_told(one) for one in found] or [""]
        if not any(texts) and "" not in wanted:
            return None
        told = True
        if not all(_is_one_of(text, wanted) for text in texts if text or "" in wanted):
            return False
    return told


def _is_one_of(text: str, wanted: tuple[str, ...]) -> bool:
    for one in wanted:
        if one.startswith("<"):
            try:
                if float(text.replace(",", ".")) < float(one[1:]):
                    return True
            except ValueError:
                continue
        elif text == one:
            return True
    return False


def _told(value: Any) -> str:
    if value is None:
        return ""
    return str(value).strip().casefold()


def _flat(value: Any) -> list[Any]:
    return [one for part in value for one in _flat(part)] if isinstance(value, list) else [value]


def _below(value: Any, path: str) -> list[Any]:
    head, dot, rest = path.partition(".")
    found = [one[head] for one in _flat(value) if isinstance(one, Mapping) and head in one]
    return [one for part in found for one in (_flat(_below(part, rest)) if dot else _flat(part))]


def _layout(name: str, table: Mapping[str, Any]) -> Layout:
    group = table.get("group", {})
    return Layout(
        name=name,
        title=table["title"],
        has=tuple(_columns(one) for one in table["has"]),
        fields={field: _columns(columns) for field, columns in table["fields"].items()},
        needs=tuple(table.get("needs", ("sku", "title", "photo"))),
        names=tuple(group.get("names", ())),
        parent=_columns(group.get("parent", [])),
        children=_columns(group.get("children", [])),
        variant=_conditions(group["variant"]) if "variant" in group else None,
        each=group.get("each", False),
        below=group.get("below", False),
        rooted_photos=table.get("rooted_photos", False),
        leave_out=tuple((rule["reason"], _conditions(rule["when"])) for rule in table.get("leave_out", ())),
    )


def _columns(value: str | list[str]) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    return tuple(one if one.startswith("=") else normal(one) for one in given)


def _conditions(table: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {normal(column): tuple(text.casefold() for text in texts) for column, texts in table.items()}
