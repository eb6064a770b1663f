"""What the clips on the shelf can be filtered by."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from airflow_provider_sora.gallery.search import Search, where_of

_COLUMNS = {
    "dag_id": "dag_id",
    "model": "model",
    "review": "review",
    "day": "substr(archived_at, 1, 10)",
}


def choices_of(database: sqlite3.Connection, dag_ids: Sequence[str], limit: int) -> dict[str, list[str]]:
    """``dag_id``, ``model``, ``day``, ``review``, and labels by name; of each the most frequent values.

    :param dag_ids: only what clips of these DAGs have.
    :param limit: values of each, at most.
    """
    where = where_of(Search(dag_ids))
    found: dict[str, list[str]] = {}
    for name, column in _COLUMNS.items():
        rows = database.execute(
            f"SELECT {column}, count(*) FROM clip WHERE {where} GROUP BY 1 ORDER BY 1 DESC LIMIT ?",
            [*where.values, limit],
        )
        found[name] = [row[0] for row in rows if row[0]]
    rows = database.execute(
        "SELECT name, value, count(*) FROM label JOIN clip USING (archive, folder) "
        f"WHERE {where} GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 3 DESC",
        where.values,
    )
    for name, value, _ in rows:
        values = found.setdefault(f"label:{name}", [])
        if len(values) < limit:
            values.append(value)
    return found
