"""A catalogue's bytes as rows: one reader for CSV and one for JSON Lines. A broken row never takes others with it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.planning.encoding import decoded
from airflow_provider_sora.planning.reasons import Reason, because
from airflow_provider_sora.planning.sources import shown

#: A row by column, or the reason why it cannot be read; with its number in the file.
Rows = Iterator[tuple[int, Mapping[str, Any] | Reason]]

#: The most lines that a text in quotation marks may have.
MAX_LINES = 100


def catalogue_text(data: bytes, source: str, charset: str | None = None) -> str:
    """The text of a catalogue.

    :raises InvalidRequestError: it is in none of the encodings that are known.
    """
    text = decoded(data, charset=charset)
    if "\ufffd" in text and "\ufffd".encode() not in data:
        raise InvalidRequestError(
            f"{shown(source)} is neither UTF-8 nor CP932 nor EUC-JP. Nothing was paid. Save it as UTF-8."
        )
    return text


def is_json_lines(text: str, source: str) -> bool:
    """Whether the name says JSON Lines, or the text begins like it."""
    return bool(re.search(r"\.(jsonl|ndjson)$", shown(source), re.IGNORECASE)) or text.lstrip()[:1] == "{"


def json_rows(text: str) -> Rows:
    """The rows of JSON Lines; a row's number is its line's."""
    # Not splitlines(): JSON may hold the other characters that end a line for Unicode, such as U+2028.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, because("no_json", problem=str(error))
            continue
        yield number, row if isinstance(row, dict) else because("no_object")


def csv_rows(text: str) -> tuple[list[str], Rows]:
    """The columns of a CSV text, and its rows; the header is row 1, and what stands in quotation marks is one row
    however many lines it has, as in a spreadsheet."""
    records = _records(text)
    first = next(records, [])
    header = [] if isinstance(first, Reason) else [name.strip().lower().replace(" ", "_") for name in first]
    return header, _by_column(records, header)


def _by_column(records: Iterator[list[str] | Reason], header: list[str]) -> Rows:
    for number, cells in enumerate(records, 2):
        if isinstance(cells, Reason):
            yield number, cells
        elif not any(cell.strip() for cell in cells):
            continue
        elif len(cells) != len(header):
            yield number, because("cells", cells=len(cells), columns=len(header))
        else:
            yield number, dict(zip(header, cells, strict=True))


def _records(text: str) -> Iterator[list[str] | Reason]:
    """Every record's cells, or why it cannot be read.

    A quotation mark that is not closed would swallow the rows up to the next one. So a record of several lines must be
    well-formed; if it is not, only its first line is given up, and reading goes on with the second.
    """
    lines = list(io.StringIO(text, newline=""))
    at = 0  # where the record begins that is being read

    def from_line(first: int) -> Iterator[str]:
        for number in range(first, len(lines)):
            if number - at == MAX_LINES:
                raise csv.Error
            yield lines[number]

    while at < len(lines):
        first, reader = at, csv.reader(from_line(at))
        try:
            for cells in reader:
                end = first + reader.line_num
                if end - at > 1 and not _well_formed(lines[at:end]):
                    break
                yield cells
                at = end
            else:
                return
            problem = ""
        except csv.Error as error:
            problem = str(error) if first + reader.line_num - at == 1 else ""
        yield because("no_csv", line=at + 1, problem=problem or "a quotation mark is not closed")
        at += 1


def _well_formed(lines: list[str]) -> bool:
    try:
        return len(list(csv.reader(lines, strict=True))) == 1
    except csv.Error:
        return False
