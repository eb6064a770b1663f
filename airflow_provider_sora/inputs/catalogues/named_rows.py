"""A table's rows by the names of their columns, for who fills a text with them: any format, any columns."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.catalogues.entries import photo_of
from airflow_provider_sora.inputs.catalogues.layouts import FIELDS, normal, recognised, values
from airflow_provider_sora.inputs.catalogues.reading import MAX_BYTES, layout_of, table_of
from airflow_provider_sora.inputs.catalogues.rows import Reading, products_of
from airflow_provider_sora.inputs.sources.allowed import named
from airflow_provider_sora.inputs.sources.documents import read_source
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import Reason
from airflow_provider_sora.words.text import plain

_CAP = 500


@dataclass(frozen=True, slots=True)
class NamedRow:
    """One row.

    :param number: of the (first) row in the file.
    :param cells: texts by column, in the form in which columns are compared; of a shop's table the fields of a
        product too (``sku``, ``title`` … and ``photo``, which is an address then).
    """

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NamedRows:
    """The rows in the order of the file.

    :param source: as pages and errors show it.
    :param address: where it lies: relative photos are looked for beside it.
    :param columns: every name that a cell may have.
    :param quoting: whether an error may name the columns.
    :param skipped: rows that cannot be read, or that are no products in a shop's table.
    :param is_catalogue: it is a shop's table, whose photos are addresses already.
    """

    source: str
    address: str
    columns: tuple[str, ...]
    quoting: bool
    rows: tuple[NamedRow, ...]
    skipped: tuple[LeftOut, ...] = ()
    is_catalogue: bool = False


def read_rows(
    source: str,
    *,
    columns: Mapping[str, Any] | None = None,
    encoding: str | None = None,
    market: str | None = None,
    gcp_conn_id: str | None = None,
    photo_column: str | None = None,
    catalogue: bool = True,
) -> NamedRows:
    """Read a table from a path, URL or object-store URL: CSV, XLSX, ODS, JSON, JSON lines or XML.

    A shop's export is read as :func:`~airflow_provider_sora.inputs.catalogues.read_catalogue` does, and one row stands
    for a product; any other table gives its rows as they are.

    :param columns: names a shop's fields in a table that is none: ``{"photo": "Bild 1"}``, as for a catalogue.
    :param market: the market of a shop's rows that name none.
    :param catalogue: False reads a shop's table like any other: no product, no reason that quotes a cell.
    :param photo_column: the one whose cells are addresses, not words.
    :raises InvalidRequestError: it cannot be read, or may not be; nothing was paid.
    :raises ServerFaultError: its host failed for the moment; safe to repeat.
    """
    source = os.fspath(source).strip()
    read = read_source(source, max_bytes=MAX_BYTES, gcp_conn_id=gcp_conn_id)
    quoting = named(source)
    table = table_of(read.data, source, read.charset, encoding)
    photo = None if photo_column is None else normal(photo_column)
    # What the rows are read into goes twice through the hands: as cells, and as products.
    numbered = list(table.rows)
    table = replace(table, rows=iter(numbered))
    cells = dict(_cells(table.read(), photo))
    told = tuple(dict.fromkeys(name for row in cells.values() if not isinstance(row, Reason) for name in row))
    if not catalogue or not (columns or recognised(table.by_form)):
        skipped = tuple(
            LeftOut(About(f"row {number}", row=number), row) for number, row in cells.items() if isinstance(row, Reason)
        )
        rows = tuple(NamedRow(number, row) for number, row in cells.items() if not isinstance(row, Reason))
        return NamedRows(shown(source), source, told or tuple(table.by_form), quoting, rows, skipped)
    table = replace(table, rows=iter(numbered))
    layout = layout_of(table, source, columns, bool(market) or "market" not in table.by_form, quoting)
    layout = replace(layout, needs=tuple(need for need in layout.needs if need in ("sku", "title")))
    reading = Reading(layout, source, (market or "").strip().lower(), gcp_conn_id)
    products, left_out = products_of(table, reading)
    rows = tuple(NamedRow(one.row, {**_texts(cells.get(one.row)), **_fields(one)}) for one in products)
    return NamedRows(
        shown(source), source, (*dict.fromkeys((*told, *FIELDS)),), quoting, rows, tuple(left_out), is_catalogue=True
    )


def check_column(table: NamedRows, what: str, column: str | None) -> None:
    """:raises InvalidRequestError: the table has no such column; nothing was paid."""
    if column is None or column in table.columns:
        return
    listed = f"it has {', '.join(table.columns)[:400]}" if table.quoting else f"it has {len(table.columns)} columns"
    raise InvalidRequestError(
        f"The table {table.source} has no column {column!r}, which {what} names; {listed}.",
        step="correct the name, or the table.",
    )


def _cells(
    rows: Iterator[tuple[int, Mapping[str, Any] | Reason]], photo: str | None
) -> Iterator[tuple[int, dict[str, str] | Reason]]:
    for number, row in rows:
        if isinstance(row, Reason):
            yield number, row
        else:
            found = {name: photo_of(row, (name,)) if name == photo else _text(row, name) for name in row if name}
            if any(found.values()):
                yield number, found


def _text(row: Mapping[str, Any], column: str) -> str:
    parts = [plain(one, cap=_CAP) for one in values(row, column) or () if one is not None]
    return plain("; ".join(part for part in parts if part), cap=_CAP)


def _texts(row: dict[str, str] | Reason | None) -> dict[str, str]:
    return row if isinstance(row, dict) else {}


def _fields(product: Any) -> dict[str, str]:
    return {name: str(getattr(product, name)) for name in FIELDS}
