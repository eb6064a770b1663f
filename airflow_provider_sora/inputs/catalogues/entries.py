"""One row as a layout reads it: texts without markup, its first picture, and whether it is for sale."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airflow_provider_sora.inputs.catalogues.layouts import Layout, Row, matches, normal, pictures, values
from airflow_provider_sora.words.reasons import Reason, because
from airflow_provider_sora.words.text import plain

_CAP = 500
_SCHEME = r"(?:https?|gs|gcs|s3|s3a|abfss?)://"
#: Several pictures in a cell: addresses behind a comma, semicolon, bar or white space, or names with an ending each.
_NEXT_ADDRESS = re.compile(rf"\s*[,;|\s]\s*(?={_SCHEME})|[,;|\s]+$", re.IGNORECASE)
_NAMES = re.compile(r"\s*[,;|\n]\s*")
_ENDING = re.compile(r"\.(?:jpe?g|png|webp|gif|avif|bmp|tiff?)(?:[?#].*)?$", re.IGNORECASE)
_BETWEEN_POINTS = re.compile(r"</li\s*>\s*<li\b[^>]*>", re.IGNORECASE)
_PLACE = re.compile(r"\{([^}]*)\}")
#: A spreadsheet shows long numbers so, and saves what it shows.
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


@dataclass(slots=True)
class Entry:
    """What a row says.

    :param names: what rows of the same product share; empty where it stands for itself.
    :param parent: the name of the product of which it is a variant.
    :param children: SKUs of its variants.
    :param out: why it is not for sale, other than for want of stock.
    :param stock: whether it can be had; None where it does not say.
    """

    number: int
    row: Row
    names: tuple[str, ...] = ()
    parent: str = ""
    children: tuple[str, ...] = ()
    variant: bool = False
    out: Reason | None = None
    stock: bool | None = None


def entry_of(number: int, row: Row, layout: Layout) -> Entry:
    """A row's part in its product, and whether it is for sale. Its texts are read only when they are needed."""
    entry = Entry(number, row)
    entry.names = tuple(name for template in layout.names if (name := _filled(template, row)))
    entry.variant = layout.variant is not None and any(matches(row, {c: w}) for c, w in layout.variant.items())
    if entry.variant:
        entry.parent = next((text for c in layout.parent if (text := first(row, c))), "")
    entry.children = tuple(
        sku.strip() for c in layout.children for sku in re.findall(r"(?:^|[|,])\s*sku=([^,|]+)", first(row, c))
    )
    for reason, when in layout.leave_out:
        met = matches(row, when)
        if reason == "out_of_stock":
            entry.stock = entry.stock if met is None else (entry.stock is not False and not met)
        elif met and entry.out is None:
            entry.out = because(reason)
    return entry


def _filled(template: str, row: Row) -> str:
    text = _PLACE.sub(lambda found: first(row, normal(found[1])), template)
    # "id:" without a number names nothing.
    return text if _PLACE.sub("", template) != text else ""


def first(row: Row, column: str) -> str:
    """The first text that a row has under a column, without white space around it; ``""`` for none."""
    return next((text for one in values(row, column) or () if (text := "" if one is None else str(one).strip())), "")


def text_of(row: Row, columns: tuple[str, ...], *, markup: bool = False) -> str:
    """The first of these columns that says something, as one line without markup.

    :param markup: it is a web page's piece: the points of a list are set apart by semicolons.
    """
    for column in columns:
        if column.startswith("="):
            return column[1:].strip()
        parts = [
            plain(_readable(str(one)) if markup else one, cap=_CAP)
            for one in values(row, column) or ()
            if one is not None
        ]
        if text := "; ".join(part for part in parts if part):
            return plain(text, cap=_CAP) if len(parts) > 1 else text
    return ""


def sku_of(row: Row, columns: tuple[str, ...]) -> str:
    """The SKU as it stands there: no list, no markup."""
    return next((plain(text, cap=_CAP) for c in columns if (text := c[1:] if c.startswith("=") else first(row, c))), "")


def is_scientific(sku: str) -> bool:
    return bool(_SCIENTIFIC.fullmatch(sku))


def _readable(text: str) -> str:
    # WooCommerce writes the end of a line as a backslash and an n.
    return _BETWEEN_POINTS.sub("; ", text.replace("\\n", " ")) if "<" in text or "\\n" in text else text


def photo_of(row: Row, columns: tuple[str, ...]) -> str:
    """The first picture that these columns name."""
    for column in columns:
        if column.startswith("="):
            return column[1:].strip()
        for cell in pictures(row, column):
            if found := _first_picture(cell.strip()):
                return found
    return ""


def _first_picture(cell: str) -> str:
    if re.match(_SCHEME, cell, re.IGNORECASE):
        return _NEXT_ADDRESS.split(cell, maxsplit=1)[0]
    names = _NAMES.split(cell)
    if len(names) > 1 and all(_ENDING.search(name) for name in names if name):
        return next((name for name in names if name), "")
    return cell
