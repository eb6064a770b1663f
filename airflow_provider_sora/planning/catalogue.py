"""Product catalogues: CSV or JSON Lines, in UTF-8 with or without byte order mark, CP932 or EUC-JP.

A catalogue that cannot be read as a whole is one error; a bad row is left out, reported by its number, and costs
the other rows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.planning.catalogue_formats import catalogue_text, csv_rows, is_json_lines, json_rows
from airflow_provider_sora.planning.photo_address import photo_address
from airflow_provider_sora.planning.reasons import Reason, as_told, because
from airflow_provider_sora.planning.sources import read_source, shown
from airflow_provider_sora.planning.text import language_of, language_tag, plain, web_address

REQUIRED = ("sku", "title", "selling_points", "photo", "market")
OPTIONAL = ("category", "brand", "language", "url")
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Product:
    """One row.

    :param row: its number in the file; for CSV the header is row 1.
    :param photo: path or URL, resolved against the catalogue's own folder when relative; see
        :func:`~airflow_provider_sora.planning.photo_address.photo_address` for what it may be.
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


def read_catalogue(source: str, *, gcp_conn_id: str | None = None) -> Catalogue:
    """Read a catalogue from a path, URL or object-store URL.

    JSON Lines when its name ends in ``.jsonl`` or ``.ndjson`` or it begins with ``{``, else CSV.

    :param gcp_conn_id: Google Cloud connection for ``gs://``, the photos' too.
    :raises InvalidRequestError: it cannot be read, or columns are missing; nothing was paid.
    :raises ServerFaultError: its host failed for the moment; safe to repeat.
    """
    read = read_source(source, gcp_conn_id=gcp_conn_id)
    return parse_catalogue(read.data, source=source.strip(), charset=read.charset, gcp_conn_id=gcp_conn_id)


def parse_catalogue(
    data: bytes, *, source: str, charset: str | None = None, gcp_conn_id: str | None = None
) -> Catalogue:
    """Parse a catalogue's bytes; relative photos are looked for beside ``source``.

    :param charset: the encoding that a web server named.
    :param gcp_conn_id: Google Cloud connection for photos in ``gs://``.
    :raises InvalidRequestError: columns are missing or the encoding is none of those known.
    """
    text = catalogue_text(data, source, charset)
    if is_json_lines(text, source):
        rows = json_rows(text)
    else:
        header, rows = csv_rows(text)
        _check_columns(header, source)
    seen: dict[tuple[str, str], int] = {}
    products: list[Product] = []
    skipped: list[dict[str, Any]] = []
    for number, row in rows:
        product = row if isinstance(row, Reason) else _product(number, row, source, gcp_conn_id)
        if isinstance(product, Reason):
            skipped.append({"row": number, "key": _name(row, number), **product})
            continue
        key = (product.sku, product.market)
        if key in seen:
            reason = because("duplicate", sku=product.sku, market=product.market, row=seen[key])
            skipped.append({"row": number, "key": f"{product.sku} {product.market}", **reason})
            continue
        seen[key] = number
        products.append(product)
    return Catalogue(source=shown(source), products=tuple(products), skipped=tuple(skipped))


def _check_columns(header: list[str], source: str) -> None:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise InvalidRequestError(
            f"The catalogue {shown(source)} lacks the columns {', '.join(missing)}; "
            f"it has {', '.join(header)[:200] or 'none'}. "
            f"Nothing was paid. Needed are {', '.join(REQUIRED)}; {', '.join(OPTIONAL)} may be added."
        )


def _product(number: int, row: Mapping[str, Any], source: str, gcp_conn_id: str | None) -> Product | Reason:
    """The product, or the reason why this row cannot be used."""
    cells = {name: _cell(row.get(name)) for name in (*REQUIRED, *OPTIONAL) if name not in ("photo", "url")}
    try:
        cells["photo"] = photo_address(row.get("photo"), source, gcp_conn_id=gcp_conn_id)
    except InvalidRequestError as error:
        return as_told(error)
    empty = [name for name in REQUIRED if not cells[name]]
    if empty:
        return because("empty", columns=", ".join(empty))
    formula = [name for name in ("sku", "title", "market") if cells[name].startswith(_FORMULA)]
    if formula:
        # Such a cell is a spreadsheet accident or an attack on whoever opens an export of ours in a spreadsheet.
        return because("formula", column=formula[0], cell=cells[formula[0]][:30])
    words = f"{cells['title']} {cells['selling_points']}"
    language = language_tag(cells["language"]) or language_of(words)
    cells.update(
        market=cells["market"].lower(), language=language, category=cells["category"].lower(),
        url=web_address(row.get("url")),
    )  # fmt: skip
    return Product(row=number, **cells)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        value = "; ".join(str(part) for part in value)
    return plain(value, cap=500)


def _name(row: Any, number: int) -> str:
    sku = _cell(row.get("sku")) if isinstance(row, Mapping) else ""
    return f"{sku} {_cell(row.get('market'))}".strip() if sku else f"row {number}"
