"""A row again, by the keyed hash of its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.arguments import as_mapping, as_text, check_names
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.inputs.catalogues.layouts import normal
from airflow_provider_sora.inputs.catalogues.named_rows import NamedRow, NamedRows, read_rows
from airflow_provider_sora.runs.private.subjects import subject_of

_NAMES = ("subject", "table", "key_column", "private_columns", "encoding", "gcp_conn_id", "photo_column")


@dataclass(frozen=True, slots=True)
class PrivateRow:
    """Which row of which table, in public.

    :param subject: the keyed hash of its key.
    :param columns: the private ones.
    :param photo_column: the private one that names the picture; None where the picture is public, or there is none.
    """

    subject: str
    table: str
    key_column: str
    columns: tuple[str, ...]
    encoding: str | None = None
    gcp_conn_id: str | None = None
    photo_column: str | None = None

    def to_json(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in _NAMES if name != "private_columns"}
        return {
            **{name: value for name, value in told.items() if value is not None},
            "private_columns": list(self.columns),
        }


def read_private_row(value: object) -> PrivateRow:
    """From the argument ``private_row``.

    :raises ConfigurationError: it is none; nothing was paid.
    """
    given = as_mapping("private_row", value)
    check_names("private_row", given, _NAMES)
    texts = {name: as_text(f"private_row.{name}", given.get(name)) for name in _NAMES if name != "private_columns"}
    columns = given.get("private_columns")
    lacking = [name for name in ("subject", "table", "key_column") if texts[name] is None]
    if lacking or not isinstance(columns, list) or not all(isinstance(one, str) and one.strip() for one in columns):
        raise ConfigurationError(
            f"private_row says nothing of {', '.join(lacking or ['private_columns'])}.",
            step='give {"subject": …, "table": …, "key_column": …, "private_columns": […]}.',
        )
    named = {name: normal(texts[name]) if texts[name] else None for name in ("key_column", "photo_column")}
    return PrivateRow(
        subject=str(texts["subject"]),
        table=str(texts["table"]),
        key_column=str(named["key_column"]),
        columns=tuple(normal(one) for one in columns),
        encoding=texts["encoding"],
        gcp_conn_id=texts["gcp_conn_id"],
        photo_column=named["photo_column"],
    )


def find_row(wanted: PrivateRow, secret: bytes) -> tuple[NamedRows, NamedRow]:
    """The table, and the row as it stands there now.

    :raises ConfigurationError: it is not there any more, or the key is another one; nothing was paid.
    :raises SoraError: the table cannot be read.
    """
    table = read_rows(
        wanted.table,
        encoding=wanted.encoding,
        gcp_conn_id=wanted.gcp_conn_id,
        photo_column=wanted.photo_column,
        catalogue=False,
    )
    for row in table.rows:
        if subject_of(secret, row.cells.get(wanted.key_column, "")) == wanted.subject:
            return table, row
    raise ConfigurationError(
        f"The table {table.source} has no row for subject {wanted.subject} any more, or the key that hashes it is not "
        "the one of when this run chose.",
        step="bring the row back, or leave the clip unmade.",
    )
