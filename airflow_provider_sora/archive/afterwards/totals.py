"""Spend and counts over the receipts below a prefix, by day, model, label and more."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.receipts import all_receipts, store_of
from airflow_provider_sora.exceptions import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions

#: What ``by`` may name, besides ``label.KEY``.
KEYS = ("day", "month", "model", "call", "size", "dialect", "conn", "dag", "task", "run", "review", "kind", "check")
_NONE = "(none)"


@dataclass(slots=True)
class Row:
    """One group's sums; ``without_price`` counts videos whose cost is unknown and therefore not in ``usd``."""

    key: tuple[str, ...]
    videos: int = 0
    seconds: float = 0.0
    bytes: int = 0
    usd: float = 0.0
    without_price: int = 0


@dataclass(slots=True)
class Report:
    """Rows in order of key, their total, the receipts that could not be read, and the videos that nobody checked."""

    by: tuple[str, ...]
    rows: list[Row]
    total: Row
    unreadable: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def report(uri: str, by: Sequence[str] = ("day",), options: ArchiveOptions | None = None) -> Report:
    """Sum up the receipts below a prefix. Final cuts cost nothing of their own and are not counted as spend.

    :param by: words of :data:`KEYS`, or ``label.KEY``.
    :raises ConfigurationError: an unknown word, or the place is wrong.
    """
    check_keys(by)
    found = all_receipts(store_of(uri, options))
    result = summarize(found.receipts, by)
    result.unchecked = [
        f"{receipt['objects']['video']['uri']}: {receipt['check']['reason']}"
        for receipt in found.receipts
        if receipt["check"]["result"] != "checked"
    ]
    result.unreadable = [reason for _, reason in found.problems]
    return result


def check_keys(by: Sequence[str]) -> None:
    for key in by:
        if key not in KEYS and not (key.startswith("label.") and len(key) > 6):
            raise ConfigurationError(f"Cannot report by {key!r}; possible are {', '.join(KEYS)} and label.KEY.")


def summarize(receipts: Iterable[Mapping[str, Any]], by: Sequence[str]) -> Report:
    """Sum up receipts already read."""
    check_keys(by)
    groups: dict[tuple[str, ...], Row] = {}
    total = Row(("total",))
    for receipt in receipts:
        key = tuple(_value(receipt, word) for word in by)
        row = groups.setdefault(key, Row(key))
        for target in (row, total):
            _add(target, receipt)
    for row in (*groups.values(), total):
        row.usd, row.seconds = round(row.usd, 6), round(row.seconds, 3)
    return Report(tuple(by), [groups[key] for key in sorted(groups)], total)


def _add(row: Row, receipt: Mapping[str, Any]) -> None:
    row.videos += 1
    row.seconds += receipt["media"]["duration_seconds"] or 0
    row.bytes += sum(entry["size"] for entry in receipt["objects"].values() if entry)
    if receipt.get("kind") == "final_cut":
        return
    cost = receipt["cost"]["actual"] if receipt["cost"]["actual"] is not None else receipt["cost"]["estimate"]
    if cost is None:
        row.without_price += 1
    else:
        row.usd += cost


def _value(receipt: Mapping[str, Any], word: str) -> str:
    times, request, returned = receipt["times"], receipt["request"], receipt["returned"]
    moment = times["submitted_at"] or times["completed_at"] or times["archived_at"] or ""
    media = receipt["media"]
    size = f"{media['width']}x{media['height']}" if media["width"] else returned.get("size")
    values = {
        "day": moment[:10],
        "month": moment[:7],
        "model": returned.get("model") or request.get("model"),
        "call": request.get("call"),
        "size": size,
        "dialect": receipt["server"]["dialect"],
        "conn": receipt["server"]["sora_conn_id"],
        "dag": receipt["run"]["dag_id"],
        "task": receipt["run"]["task_id"],
        "run": receipt["run"]["run_id"],
        "review": receipt["review"]["state"],
        "kind": receipt.get("kind"),
        "check": receipt.get("check", {}).get("result"),
    }
    found = receipt["labels"].get(word[6:]) if word.startswith("label.") else values[word]
    return str(found) if found else _NONE


def as_csv(result: Report) -> str:
    """The rows as CSV with a header, without the total."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*result.by, "videos", "seconds", "bytes", "usd", "without_price"])
    for row in result.rows:
        # A leading = + - @ would be run as a formula by a spreadsheet.
        key = [f"'{cell}" if cell[:1] in "=+-@\t\r" else cell for cell in row.key]
        writer.writerow(
            [
                *key,
                row.videos,
                f"{row.seconds:g}",
                row.bytes,
                f"{row.usd:.6f}".rstrip("0").rstrip("."),
                row.without_price,
            ]
        )
    return out.getvalue()


def as_table(result: Report) -> str:
    """The rows and their total as text in columns."""
    head = [*result.by, "videos", "seconds", "MB", "USD", "no price"]
    lines = [head]
    for row in (*result.rows, result.total):
        key = list(row.key) if row is not result.total else ["total", *[""] * (len(result.by) - 1)]
        # Labels come from outside: no line breaks, and nothing that a terminal would obey.
        key = ["".join(c if c.isprintable() else " " for c in cell) for cell in key]
        lines.append(
            [
                *key,
                str(row.videos),
                f"{row.seconds:g}",
                f"{row.bytes / 1e6:.1f}",
                f"{row.usd:.2f}",
                str(row.without_price or ""),
            ]
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    first_number = len(result.by)
    text = []
    for line in lines:
        cells = [
            cell.rjust(width) if column >= first_number else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text.append("  ".join(cells).rstrip())
    text.insert(1, "-" * max(len(line) for line in text))
    text.insert(-1, text[1])
    return "\n".join(text) + "\n"
