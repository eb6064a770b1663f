"""Rows as products: variants and further pictures of one product are one clip, and what is left out has its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.catalogues.entries import Entry, entry_of, is_scientific, photo_of, sku_of, text_of
from airflow_provider_sora.inputs.catalogues.layouts import PHOTO_BASE, Layout, Row
from airflow_provider_sora.inputs.catalogues.product import Product
from airflow_provider_sora.inputs.catalogues.table import Table
from airflow_provider_sora.inputs.pictures.photo_address import photo_address
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import Reason, because, of_photo
from airflow_provider_sora.words.text import language_of, language_tag, web_address


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read.

    :param source: where it lies: relative photos are looked for beside it.
    :param market: the market of rows that name none.
    :param gcp_conn_id: Google Cloud connection for photos in ``gs://``.
    """

    layout: Layout
    source: str
    market: str = ""
    gcp_conn_id: str | None = None


def products_of(table: Table, reading: Reading) -> tuple[list[Product], list[LeftOut]]:
    """The products in the order of their rows, and what was left out with its reason."""
    skipped: list[LeftOut] = []
    products: list[Product] = []
    seen: dict[tuple[str, str], int] = {}
    for group in _groups(_entries(table, reading, skipped), reading.layout):
        found = _product(group, reading)
        lead = group[0]
        if isinstance(found, Reason):
            skipped.append(_left_out(lead.number, lead.row, found, reading.layout))
            continue
        key = (found.sku, found.market)
        if key in seen:
            reason = because("duplicate", sku=found.sku, market=found.market, row=seen[key])
            skipped.append(LeftOut(About(f"{found.sku} {found.market}".strip(), row=found.row), reason))
            continue
        seen[key] = found.row
        products.append(found)
    return products, sorted(skipped, key=lambda entry: entry.about.row or 0)


def _entries(table: Table, reading: Reading, skipped: list[LeftOut]) -> Iterator[Entry]:
    for number, row in table.read():
        if isinstance(row, Reason):
            skipped.append(LeftOut(About(f"row {number}", row=number), row))
        else:
            yield entry_of(number, row, reading.layout)


def _groups(entries: Iterator[Entry], layout: Layout) -> list[list[Entry]]:
    """The rows of each product, the one that stands for it first; of the others only what they may add is kept."""
    if not layout.names:
        return [[entry] for entry in entries]
    groups: list[list[Entry]] = []
    by_name: dict[str, list[Entry]] = {}
    variants: list[Entry] = []
    taken: set[str] = set()
    for entry in entries:
        name = entry.names[0] if entry.names else ""
        if layout.each:
            groups += _next_of(entry, name, taken)
        elif entry.variant and (layout.parent or layout.children):
            variants.append(entry)
        elif name in by_name or (layout.below and not name and groups):
            (by_name[name] if name else groups[-1]).append(_lightened(entry, layout))
        else:
            groups.append([entry])
            by_name |= {one: groups[-1] for one in entry.names if one not in by_name}
    parents = {sku: group for group in groups for entry in group for sku in entry.children}
    for entry in variants:
        name = entry.names[0] if entry.names else ""
        group = by_name.get(entry.parent) or parents.get(name)
        if group is None:
            # Its product is not in this export: the first variant stands for it.
            entry.out = entry.out or (because("hidden") if not entry.parent else None)
            groups.append([entry])
            by_name |= {entry.parent: groups[-1]} if entry.parent else {}
        else:
            group.append(_lightened(entry, layout))
    return sorted(groups, key=lambda group: group[0].number)


def _next_of(entry: Entry, name: str, taken: set[str]) -> list[list[Entry]]:
    """The group of a row that is judged by itself: none where another row stands for its product already."""
    good = entry.out is None and entry.stock is not False
    if good and name in taken:
        return []
    if good and name:
        taken.add(name)
    return [[entry]]


def _lightened(entry: Entry, layout: Layout) -> Entry:
    """What a further row may still add: its picture, and whether it can be had."""
    entry.row = {column: entry.row[column] for column in layout.fields["photo"] if column in entry.row}
    return entry


def _product(group: list[Entry], reading: Reading) -> Product | Reason:
    """The product that these rows are, or the reason why they are none."""
    lead, fields = group[0], reading.layout.fields
    if lead.out is not None:
        return lead.out
    stock = [entry.stock for entry in group if entry.stock is not None]
    if stock and not any(stock):
        return because("out_of_stock")
    cells = {
        # Our own tables are read as ever: a text that came out otherwise would be a new clip.
        name: text_of(lead.row, fields[name], markup=reading.layout.name != "own") if name in fields else ""
        for name in ("title", "selling_points", "market", "category", "brand", "language", "rights")
    }
    cells["sku"] = sku_of(lead.row, fields["sku"])
    cells["market"] = _market(cells["market"], fields.get("market", ()), reading.market)
    photo = next((found for entry in group if (found := photo_of(entry.row, fields["photo"]))), "")
    try:
        cells["photo"] = _address(photo, lead.row, reading)
    except InvalidRequestError as error:
        return of_photo(error)
    empty = [name for name in reading.layout.needs if not cells[name]]
    if empty:
        return because("empty", columns=", ".join(empty))
    if is_scientific(cells["sku"]):
        return because("scientific", sku=cells["sku"])
    formula = next((name for name in ("sku", "title", "market") if cells[name].startswith("=")), None)
    if formula:
        # Such a cell is a spreadsheet accident. A name may begin with -, + or @.
        return because("formula", column=formula, cell=cells[formula][:30])
    cells["language"] = language_tag(cells["language"]) or language_of(f"{cells['title']} {cells['selling_points']}")
    cells["url"] = next((a for c in fields.get("url", ()) if (a := web_address(lead.row.get(c)))), "")
    return Product(row=lead.number, **cells)


def _market(own: str, columns: tuple[str, ...], of_run: str) -> str:
    constant = any(column.startswith("=") for column in columns)
    return ((of_run or own) if constant else (own or of_run)).strip().lower()


def _address(photo: str, row: Row, reading: Reading) -> str:
    base = text_of(row, reading.layout.fields.get(PHOTO_BASE, ()))
    if photo and reading.layout.rooted_photos:
        photo = photo.lstrip("/")
    if photo and base and "://" not in photo:
        photo = f"{base.rstrip('/')}/{photo.lstrip('/')}"
    if photo.startswith("//"):
        photo = f"https:{photo}"
    return photo_address(photo, reading.source, gcp_conn_id=reading.gcp_conn_id)


def _left_out(number: int, row: Mapping[str, Any], reason: Reason, layout: Layout) -> LeftOut:
    sku = sku_of(row, layout.fields["sku"])
    market = text_of(row, layout.fields.get("market", ()))
    key = re.sub(r"\s+", " ", f"{sku} {market}").strip() if sku else f"row {number}"
    return LeftOut(About(key, row=number), reason)
