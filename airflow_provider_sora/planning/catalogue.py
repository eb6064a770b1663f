"""Product catalogues: CSV (UTF-8 with or without byte order mark, CP932) or JSON Lines.

A catalogue that cannot be read as a whole is one error; a bad row is left out, reported by its number, and costs
the other rows nothing.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.planning.sources import read_source, shown
from airflow_provider_sora.planning.text import language_of, language_tag, plain

REQUIRED = ("sku", "title", "selling_points", "photo", "market")
OPTIONAL = ("category", "brand", "language", "url")
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Product:
    """One row.

    :param row: its number in the file; for CSV the header is row 1.
    :param photo: path or URL, resolved against the catalogue's own folder when relative.
    :param market: lower case, such as ``jp``.
    """

    row: int
    sku: str
    title: str
    selling_points: str
    photo: str
    market: str
    category: str = ""
    brand: str = ""
    language: str = "en"
    url: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The good rows in file order, and the others with row number and reason."""

    source: str
    products: tuple[Product, ...]
    skipped: tuple[dict[str, Any], ...] = ()


def read_catalogue(source: str, *, conn_id: str | None = None) -> Catalogue:
    """Read a catalogue from a path, URL or object-store URL; ``.jsonl`` and ``.ndjson`` are JSON Lines.

    :raises InvalidRequestError: it cannot be read, or columns are missing; nothing was paid.
    :raises ServerFaultError: its host failed for the moment; safe to repeat.
    """
    return parse_catalogue(read_source(source, conn_id=conn_id), source=source)


def parse_catalogue(data: bytes, *, source: str) -> Catalogue:
    """Parse a catalogue's bytes; relative photos are looked for beside ``source``.

    :raises InvalidRequestError: columns are missing or the encoding is none of those known.
    """
    text = _decode(data, source)
    rows = _json_rows(text) if text.lstrip()[:1] == "{" else _csv_rows(text, source)
    seen: dict[tuple[str, str], int] = {}
    products: list[Product] = []
    skipped: list[dict[str, Any]] = []
    for number, row in rows:
        product = row if isinstance(row, str) else _product(number, row, source)
        if isinstance(product, str):
            skipped.append({"row": number, "key": _name(row, number), "reason": product})
            continue
        key = (product.sku, product.market)
        if key in seen:
            reason = f"sku {product.sku} for market {product.market} stands in row {seen[key]} already"
            skipped.append({"row": number, "key": f"{product.sku} {product.market}", "reason": reason})
            continue
        seen[key] = number
        products.append(product)
    return Catalogue(source=shown(source), products=tuple(products), skipped=tuple(skipped))


def _decode(data: bytes, source: str) -> str:
    for codec in ("utf-8-sig", "cp932"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    raise InvalidRequestError(f"{shown(source)} is neither UTF-8 nor CP932. Nothing was paid. Save it as UTF-8.")


def _missing(source: str, missing: list[str], have: list[str]) -> InvalidRequestError:
    return InvalidRequestError(
        f"The catalogue {shown(source)} lacks the columns {', '.join(missing)}; "
        f"it has {', '.join(have)[:200] or 'none'}. "
        f"Nothing was paid. Needed are {', '.join(REQUIRED)}; {', '.join(OPTIONAL)} may be added."
    )


def _csv_rows(text: str, source: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=False)
    header = [name.strip().lower().replace(" ", "_") for name in next(reader, [])]
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise _missing(source, missing, header)
    for number, cells in enumerate(_safely(reader), 2):
        if isinstance(cells, str):
            yield number, cells
        elif not any(cell.strip() for cell in cells):
            continue
        elif len(cells) != len(header):
            yield number, f"{len(cells)} cells where the header has {len(header)}"
        else:
            yield number, dict(zip(header, cells, strict=True))


def _safely(reader: Any) -> Iterator[list[str] | str]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"not readable as CSV: {error}"


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, f"not readable as JSON: {error}"
            continue
        yield number, row if isinstance(row, dict) else "not a JSON object"


def _product(number: int, row: Mapping[str, Any], source: str) -> Product | str:
    """The product, or the reason why this row cannot be used."""
    cells = {name: _cell(row.get(name)) for name in (*REQUIRED, *OPTIONAL)}
    empty = [name for name in REQUIRED if not cells[name]]
    if empty:
        return f"no {', '.join(empty)}"
    formula = [name for name in ("sku", "title", "market") if cells[name].startswith(_FORMULA)]
    if formula:
        # Such a cell is a spreadsheet accident or an attack on whoever opens an export of ours in a spreadsheet.
        return f"{formula[0]} begins like a spreadsheet formula: {cells[formula[0]][:30]!r}"
    words = f"{cells['title']} {cells['selling_points']}"
    language = language_tag(cells["language"]) or language_of(words)
    cells.update(
        market=cells["market"].lower(), photo=_beside(source, cells["photo"]), language=language,
        category=cells["category"].lower(),
    )  # fmt: skip
    return Product(row=number, **cells)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(str(part) for part in value)
    return plain(value, cap=500)


def _beside(source: str, photo: str) -> str:
    if "://" in photo or photo.startswith(("/", "data:")) or (len(photo) > 1 and photo[1] == ":"):
        return photo
    folder = source.rsplit("/", 1)[0] if "/" in source else "."
    return f"{folder}/{photo}"


def _name(row: Any, number: int) -> str:
    sku = _cell(row.get("sku")) if isinstance(row, Mapping) else ""
    return f"{sku} {_cell(row.get('market'))}".strip() if sku else f"row {number}"
