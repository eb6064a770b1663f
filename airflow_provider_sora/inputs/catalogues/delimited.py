"""CSV and its kin as rows: commas, semicolons, bars or tabs. A broken row never takes others with it."""

from __future__ import annotations

import csv
import itertools
import re
from collections import deque
from collections.abc import Iterator

from airflow_provider_sora.inputs.catalogues.layouts import normal, recognised
from airflow_provider_sora.inputs.catalogues.table import Rows, Table
from airflow_provider_sora.words.reasons import Reason, because

#: The most lines that a text in quotation marks may have.
MAX_LINES = 300
#: The most characters of one cell; a description in HTML has tens of thousands.
MAX_CELL = 1_000_000
#: A line with its end, of any system; the last one may have none.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DELIMITERS = (",", ";", "\t", "|")
#: So many lines are looked at for the header.
_LOOKED_AT = 12


def delimited_table(text: str) -> Table:
    """The columns of a CSV text, and its rows; the header is row 1, and what stands in quotation marks is one row
    however many lines it has, as in a spreadsheet."""
    lines = _Lines(text)
    head = next((line for line in lines if line.strip("\ufeff\r\n\t ;,|")), "")
    told = re.fullmatch(r"sep=(.)\s*", head.strip("\ufeff"), re.IGNORECASE)  # Excel's own word for it
    if not told:
        lines.back([head])
    above, delimiter = _above_the_header(lines, told[1] if told else None)
    records = _records(lines, delimiter)
    first = next(records, [])
    columns = [] if isinstance(first, Reason) else [cell.strip().strip("\ufeff") for cell in first]
    return Table(columns=columns, rows=_by_column(records, columns, delimiter, above + 2), kind="CSV")


def _above_the_header(lines: _Lines, delimiter: str | None) -> tuple[int, str]:
    """Pass over a report's title and blank lines; how many there were, and what parts the cells below them.

    The header is the first line that is known as one, else the first with more than one cell.
    """
    taken = list(itertools.islice(lines, _LOOKED_AT))
    best: tuple[int, int, str] | None = None
    for at, line in enumerate(taken):
        by = delimiter or max(_DELIMITERS, key=lambda one: len(_with_inches(line, one)))
        cells = [cell.strip("\ufeff \t") for cell in _with_inches(line, by)]
        rank = 2 if recognised(map(normal, filter(None, cells))) else sum(map(bool, cells)) > 1
        if rank and (best is None or rank > best[0]):
            best = int(rank), at, by
    _, at, by = best or (0, 0, delimiter or ",")
    lines.back(taken[at:])
    return at, by


def _by_column(records: Iterator[list[str] | Reason], columns: list[str], delimiter: str, start: int) -> Rows:
    for number, cells in enumerate(records, start):
        if isinstance(cells, Reason):
            yield number, cells
            continue
        if not any(cell.strip() for cell in cells):
            continue
        while len(cells) > len(columns) and not cells[-1].strip():
            cells.pop()
        if len(cells) < len(columns) and delimiter == "\t":
            cells += [""] * (len(columns) - len(cells))  # editors drop white space at the end of a line
        if len(cells) != len(columns):
            yield number, because("cells", cells=len(cells), columns=len(columns))
        else:
            yield number, cells


class _Lines:
    """The lines of a text, some of which may be put back."""

    def __init__(self, text: str) -> None:
        # Not StringIO, which takes four bytes for every character.
        self._stream = (found[0] for found in _LINE.finditer(text))
        self._back: deque[str] = deque()
        self.number = 0  # of the line that was read last

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._stream)
        self.number += 1
        return line

    def back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


def _records(lines: _Lines, delimiter: str) -> Iterator[list[str] | Reason]:
    """Every record's cells, or why it cannot be read.

    A quotation mark that is not closed would swallow the rows up to the next one. So a record of several lines must be
    well-formed; if it is not, only its first line is given up, and reading goes on with the second.
    """
    csv.field_size_limit(MAX_CELL)
    taken: list[str] = []  # the lines of the record that is being read

    def feed() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            if len(taken) > MAX_LINES:
                raise csv.Error
            yield line

    while True:
        problem = ""
        try:
            for cells in csv.reader(feed(), delimiter=delimiter):
                whole = '"' not in taken[0] or _well_formed(taken, delimiter)
                if len(taken) > 1 and not whole:
                    break
                yield cells if whole else _with_inches(taken[0], delimiter)
                taken.clear()
            else:
                return
        except csv.Error as error:
            problem = str(error) if len(taken) == 1 else ""
        lines.back(taken[1:])
        taken.clear()
        yield because("no_csv", line=lines.number, problem=problem or "a quotation mark is not closed")


def _well_formed(lines: list[str], delimiter: str) -> bool:
    try:
        return len(list(csv.reader(lines, strict=True, delimiter=delimiter))) == 1
    except csv.Error:
        return False


def _with_inches(line: str, delimiter: str) -> list[str]:
    """The cells of a line in which a quotation mark may be an inch mark: a cell that begins with one ends at one behind
    which a delimiter stands, and where there is none, it was an inch mark too."""
    mark = re.escape(delimiter)
    cell = re.compile(rf'"((?:[^"]|""|"(?!{mark}|$))*)"(?={mark}|$)|([^{mark}]*)')
    cells, at, line = [], 0, line.rstrip("\r\n")
    while at <= len(line):
        found = cell.match(line, at)
        if found is None:  # pragma: no cover - the second alternative fits everything
            break
        cells.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        at = found.end() + 1
    return cells
