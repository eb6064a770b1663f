"""A catalogue from its address to its products. What cannot be read as a whole is one error, a bad row a reason."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.catalogues.delimited import delimited_table
from airflow_provider_sora.inputs.catalogues.documents import UnreadableError, json_table, xml_table
from airflow_provider_sora.inputs.catalogues.layouts import FIELDS, Layout, nearest, recognised
from airflow_provider_sora.inputs.catalogues.mapping import mapped, proposal
from airflow_provider_sora.inputs.catalogues.product import Catalogue
from airflow_provider_sora.inputs.catalogues.rows import Reading, products_of
from airflow_provider_sora.inputs.catalogues.table import Table
from airflow_provider_sora.inputs.catalogues.workbook import MAX_UNFOLDED, is_workbook, workbook_table
from airflow_provider_sora.inputs.encoding import UnclearEncodingError, decoded, read_as
from airflow_provider_sora.inputs.sources.allowed import named
from airflow_provider_sora.inputs.sources.documents import read_source
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import because

#: The largest catalogue that is read, in bytes: 20,000 rows with descriptions in HTML are some 40 MB.
MAX_BYTES = 64 * 1024 * 1024


def read_catalogue(
    source: str,
    *,
    columns: Mapping[str, Any] | None = None,
    encoding: str | None = None,
    market: str | None = None,
    gcp_conn_id: str | None = None,
    anywhere: bool = False,
) -> Catalogue:
    """Read a catalogue from a path, URL or object-store URL.

    :param columns: which column is what, where no layout fits or another column is meant: ``{"photo": "Bild 1"}``;
        ``"=text"`` is a constant.
    :param encoding: of CSV and JSON, where it is known; else it is told by what reads plausibly.
    :param market: the market of rows that name none.
    :param gcp_conn_id: Google Cloud connection for ``gs://``, the photos' too.
    :param anywhere: read any file of this machine, and quote its columns: only for a person's own command.
    :raises InvalidRequestError: it cannot be read, may not be, or is no table that is known; nothing was paid.
    :raises ServerFaultError: its host failed for the moment; safe to repeat.
    """
    source = os.fspath(source).strip()
    read = read_source(source, max_bytes=MAX_BYTES, gcp_conn_id=gcp_conn_id, anywhere=anywhere)
    return parse_catalogue(
        read.data, source=source, charset=read.charset, columns=columns, encoding=encoding, market=market,
        gcp_conn_id=gcp_conn_id, quoting=anywhere or named(source),
    )  # fmt: skip


def preview(
    source: str,
    *,
    columns: Mapping[str, Any] | None = None,
    encoding: str | None = None,
    market: str | None = None,
    gcp_conn_id: str | None = None,
) -> dict[str, Any]:
    """What a run would see of a catalogue: ``layout``, ``products`` and ``skipped`` (``row`` and ``reason``).

    For the command line: any file is read, with the rights of whoever runs the command. Photos are not looked at.

    :raises: as :func:`read_catalogue`.
    """
    found = read_catalogue(
        source, columns=columns, encoding=encoding, market=market, gcp_conn_id=gcp_conn_id, anywhere=True
    )
    return {
        "layout": found.layout,
        "products": [{name: getattr(product, name) for name in FIELDS} for product in found.products],
        "skipped": [{"row": entry.about.row, "reason": entry.reason.text} for entry in found.skipped],
    }


def parse_catalogue(
    data: bytes,
    *,
    source: str,
    charset: str | None = None,
    columns: Mapping[str, Any] | None = None,
    encoding: str | None = None,
    market: str | None = None,
    gcp_conn_id: str | None = None,
    quoting: bool | None = None,
) -> Catalogue:
    """Parse a catalogue's bytes; relative photos are looked for beside ``source``.

    :param charset: the encoding that a web server named.
    :param quoting: whether an error may show its column names; None: where the deployment names its place for inputs.
    :raises InvalidRequestError: see :func:`read_catalogue`.
    """
    quoting = named(source) if quoting is None else quoting
    table = table_of(data, source, charset, encoding)
    layout = layout_of(table, source, columns, bool(market), quoting)
    reading = Reading(layout, source, (market or "").strip().lower(), gcp_conn_id)
    products, skipped = products_of(table, reading)
    twice = [name for name in table.repeated if any(name in wanted for wanted in layout.fields.values())]
    notes = [LeftOut(About(name, row=1), because("repeated", column=name)) for name in twice]
    return Catalogue(shown(source), tuple(products), (*notes, *skipped), layout.name)


def table_of(data: bytes, source: str, charset: str | None, encoding: str | None) -> Table:
    """The bytes as a table, whatever its format and columns.

    :raises InvalidRequestError: they are none; nothing was paid.
    """
    try:
        return _table(data, source, charset, encoding)
    except UnreadableError as error:
        raise InvalidRequestError(
            f"The catalogue {shown(source)} {error}.", step="save it as CSV in UTF-8, or check the address."
        ) from None


def _table(data: bytes, source: str, charset: str | None, encoding: str | None) -> Table:
    if data.startswith(b"\x1f\x8b"):
        data = _gunzipped(data)
    if is_workbook(data):
        return workbook_table(data)
    text = _text(data, charset, encoding)
    head = text[:2000].lstrip("\ufeff \t\r\n")
    if re.match(r"<!doctype html|<html", head, re.IGNORECASE):
        raise UnreadableError("is a web page, no table")
    if head.startswith("<"):
        return xml_table(text)
    lines = bool(re.search(r"\.(jsonl|ndjson)$", shown(source), re.IGNORECASE))
    if lines or head[:1] in ("{", "["):
        return json_table(text, lines=lines)
    return delimited_table(text)


def _gunzipped(data: bytes) -> bytes:
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = unpacking.decompress(data, MAX_UNFOLDED)
    except zlib.error:
        raise UnreadableError("is packed with gzip, and damaged") from None
    if unpacking.unconsumed_tail:
        raise UnreadableError(f"unfolds to more than the {MAX_UNFOLDED:,} bytes allowed")
    if not unpacking.eof:
        raise UnreadableError("is packed with gzip, and was cut off")
    return found


def _text(data: bytes, charset: str | None, encoding: str | None) -> str:
    if encoding:
        try:
            return read_as(data, encoding)
        except (LookupError, ValueError) as error:
            what = "is no encoding" if isinstance(error, LookupError) else "does not read it"
            raise UnreadableError(f"cannot be read as the param encoding says: {encoding[:40]!r} {what}") from None
    # XML names its encoding in its first line.
    found = re.match(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)", data[:400])
    try:
        text = decoded(data, declared=found[1].decode() if found else None, charset=charset, sure=True)
    except UnclearEncodingError as error:
        raise UnreadableError(
            f"does not say in which encoding it is, and {error}: name it in the param encoding"
        ) from None
    if "\ufffd" in text and "\ufffd".encode() not in data:
        raise UnreadableError("is in no encoding that is known here, or damaged: name it in the param encoding")
    return text


def layout_of(table: Table, source: str, columns: Mapping[str, Any] | None, market: bool, quoting: bool) -> Layout:
    """Which column of a table is what.

    :param market: the run names one.
    :raises InvalidRequestError: no layout knows the table, and ``columns`` does not say; nothing was paid.
    """
    forms = table.by_form
    listed = ", ".join(forms.values())[:400] or "none"
    names = f"its columns are {listed}" if quoting else f"it has {len(forms)} columns"
    known = recognised(forms)
    if columns:
        return mapped(columns, known, forms, names=names)
    if known is None:
        close = nearest(forms)
        lacking = ", ".join(close.lacks(set(forms)))
        near = f"it comes nearest to {close.title}, but lacks the columns {lacking}"
        if not close.knows(set(forms)):
            near = "it has not one column of the tables that are"
        raise InvalidRequestError(
            f"The catalogue {shown(source)} is read as {table.kind}, and is no table that is known here: {near}; "
            f"{names}.",
            step=f"say in the param columns which is which: {proposal(forms, quoting)}"
            + ("" if quoting else " (its columns are shown once [sora] input_paths names its place)"),
        )
    if known.name == "own" and "market" not in forms and not market:
        raise InvalidRequestError(
            f"The catalogue {shown(source)} lacks the columns market; {names}.",
            step=('add it, or give the param market, or the param columns: {"market": "=de"}'),
        )
    return known
