"""What every format is read into: columns, and rows by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.inputs.catalogues.layouts import normal
from airflow_provider_sora.words.reasons import Reason

#: A row's cells in the order of the columns, or by column, or why it cannot be read; with its number in the file.
Rows = Iterator[tuple[int, Sequence[Any] | Mapping[str, Any] | Reason]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was written.

    :param columns: names as they stand in the file; of JSON and XML, those of the first rows.
    :param kind: its format, for people.
    """

    columns: list[str]
    rows: Rows
    kind: str

    @property
    def by_form(self) -> dict[str, str]:
        """Written names by their normal form; of a name that stands twice, the first."""
        found: dict[str, str] = {}
        for column in self.columns:
            if column:
                found.setdefault(normal(column), column)
        return found

    @property
    def repeated(self) -> list[str]:
        """Columns whose name stands more than once."""
        forms = [normal(column) for column in self.columns if column]
        return sorted({form for form in forms if forms.count(form) > 1})

    def read(self) -> Iterator[tuple[int, Mapping[str, Any] | Reason]]:
        """The rows by the normal form of their columns; of a column that stands twice the first that is not blank."""
        places: dict[str, list[int]] = {}
        for at, column in enumerate(self.columns):
            if column:
                places.setdefault(normal(column), []).append(at)
        for number, row in self.rows:
            if isinstance(row, Reason):
                yield number, row
            elif isinstance(row, Mapping):
                yield number, {normal(name): value for name, value in row.items()}
            else:
                yield number, {form: _first(row, at) for form, at in places.items()}


def _first(row: Sequence[Any], places: list[int]) -> Any:
    if len(places) == 1:
        return row[places[0]]
    return next((row[at] for at in places if str(row[at]).strip()), row[places[0]])
