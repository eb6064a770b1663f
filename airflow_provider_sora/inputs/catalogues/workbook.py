"""Spreadsheets as rows: XLSX, ODS and XLS, with python-calamine (extra ``[spreadsheets]``)."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.inputs.catalogues.documents import UnreadableError
from airflow_provider_sora.inputs.catalogues.layouts import normal, recognised
from airflow_provider_sora.inputs.catalogues.table import Rows, Table

#: What a workbook may unfold to; a small file can hold gigabytes of nothing.
MAX_UNFOLDED = 512 * 1024 * 1024


def is_workbook(data: bytes) -> bool:
    """A ZIP archive, or the older container of XLS."""
    return data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def workbook_table(data: bytes) -> Table:
    """The first sheet that has a known layout, else the first that is not empty.

    :raises ConfigurationError: the extra is not installed.
    :raises UnreadableError: no workbook, or one that unfolds to more than ``MAX_UNFOLDED`` bytes.
    """
    try:
        import python_calamine
    except ImportError as error:
        raise ConfigurationError(
            "A catalogue in a spreadsheet (XLSX, ODS) needs python-calamine.",
            step="install airflow-provider-sora[spreadsheets], or save it as CSV in UTF-8.",
        ) from error
    _check_size(data)
    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        sheets = [book.get_sheet_by_index(at).to_python(skip_empty_area=False) for at in range(len(book.sheet_names))]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableError(f"is no spreadsheet that can be read ({type(error).__name__})") from None
    tables = [table for sheet in sheets if (table := _table(sheet)) is not None]
    if not tables:
        raise UnreadableError("is a spreadsheet without any filled sheet")
    return next((table for table in tables if recognised(map(normal, table.columns))), tables[0])


def _check_size(data: bytes) -> None:
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise UnreadableError("is a ZIP archive that is damaged") from None
    if size > MAX_UNFOLDED:
        raise UnreadableError(f"unfolds to {size:,} bytes, more than the {MAX_UNFOLDED:,} allowed")


def _table(sheet: list[list[Any]]) -> Table | None:
    top = next((at for at, row in enumerate(sheet) if sum(1 for cell in row if str(cell).strip()) > 1), None)
    if top is None:
        return None
    return Table(columns=[_text(cell).strip() for cell in sheet[top]], rows=_rows(sheet, top), kind="spreadsheet")


def _rows(sheet: list[list[Any]], top: int) -> Rows:
    for number, row in enumerate(sheet[top + 1 :], top + 2):
        cells = [_text(cell) for cell in row]
        if any(cell.strip() for cell in cells):
            yield number, cells


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))  # an item number; a spreadsheet has no whole numbers
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()
    return str(cell)
