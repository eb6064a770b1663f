"""Spend and counts over the receipts below a prefix, by day, model, label and more."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.facts import Facts, facts_in
from airflow_provider_sora.archive.receipts import all_receipts, store_of
from airflow_provider_sora.archive.stages import DRAFT, DRAFT_ID, FINAL, FINAL_USD, STAGE
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
class Drafts:
    """What drafts cost and saved, in USD.

    :param saved_usd: what making all of them at once with their final model was estimated at, less what drafts and
        finals cost; less than nothing where most of them got a final. None where a price is unknown.
    """

    drafts: int
    drafts_usd: float
    finals: int
    finals_usd: float
    saved_usd: float | None


@dataclass(slots=True)
class Report:
    """Rows in order of key, their total, the receipts that could not be read, and the videos that nobody checked.

    :param drafts: None where there are none.
    """

    by: tuple[str, ...]
    rows: list[Row]
    total: Row
    unreadable: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    drafts: Drafts | None = None


def report(uri: str, by: Sequence[str] = ("day",), options: ArchiveOptions | None = None) -> Report:
    """Sum up the receipts below a prefix. Final cuts cost nothing of their own and are not counted as spend.

    :param by: words of :data:`KEYS`, or ``label.KEY``.
    :raises ConfigurationError: an unknown word, or the place is wrong.
    """
    check_keys(by)
    found = all_receipts(store_of(uri, options))
    result = summarize(found.receipts, by)
    result.unchecked = [
        f"{facts.uri}: {facts.check.get('reason')}" for facts in map(facts_in, found.receipts) if not facts.checked
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
    clips = [(facts_in(receipt), receipt) for receipt in receipts]
    groups: dict[tuple[str, ...], Row] = {}
    total = Row(("total",))
    for facts, receipt in clips:
        key = tuple(_value(facts, word) for word in by)
        row = groups.setdefault(key, Row(key))
        for target in (row, total):
            _add(target, facts, sum(entry["size"] for entry in receipt["objects"].values() if entry))
    for row in (*groups.values(), total):
        row.usd, row.seconds = round(row.usd, 6), round(row.seconds, 3)
    return Report(
        tuple(by), [groups[key] for key in sorted(groups)], total, drafts=_drafts([facts for facts, _ in clips])
    )


def _drafts(clips: Iterable[Facts]) -> Drafts | None:
    by_stage: dict[str, list[Facts]] = {DRAFT: [], FINAL: []}
    for facts in clips:
        if facts.billed:  # what was made of others has their labels, and cost nothing of its own
            by_stage.get(facts.labels.get(STAGE, ""), []).append(facts)
    drafts, finals = by_stage[DRAFT], by_stage[FINAL]
    if not drafts:
        return None
    costs = [[facts.cost_usd for facts in found] for found in (drafts, finals)]
    paid = [sum(cost for cost in found if cost is not None) for found in costs]
    # What remains a draft has cost its own price; of those with a final, the draft came on top.
    made = {facts.labels.get(DRAFT_ID) for facts in finals}
    spared = [_final_usd(facts) for facts in drafts if facts.video_id not in made]
    known = None not in spared and None not in costs[0]
    saved = round(sum(usd or 0.0 for usd in spared) - paid[0], 6) if known else None
    return Drafts(len(drafts), round(paid[0], 6), len(finals), round(paid[1], 6), saved)


def _final_usd(facts: Facts) -> float | None:
    try:
        return float(facts.labels[FINAL_USD])
    except (KeyError, ValueError):
        return None


def _add(row: Row, facts: Facts, stored: int) -> None:
    """:param stored: bytes of the video and all that lies beside it."""
    row.videos += 1
    row.seconds += facts.seconds or 0
    row.bytes += stored
    if not facts.billed:
        return
    if facts.cost_usd is None:
        row.without_price += 1
    else:
        row.usd += facts.cost_usd


def _value(facts: Facts, word: str) -> str:
    moment = facts.submitted_at or facts.completed_at or facts.archived_at or ""
    values = {
        "day": moment[:10],
        "month": moment[:7],
        "model": facts.model,
        "call": facts.call,
        "size": facts.size,
        "dialect": facts.dialect,
        "conn": facts.sora_conn_id,
        "dag": facts.dag_id,
        "task": facts.task_id,
        "run": facts.run_id,
        "review": facts.review,
        "kind": facts.kind,
        "check": facts.check.get("result"),
    }
    found = facts.labels.get(word[6:]) if word.startswith("label.") else values[word]
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


def drafts_line(found: Drafts) -> str:
    """What drafts cost and saved, as one line."""
    if found.saved_usd is None:
        saved = "what they saved is not known, for want of a price"
    else:
        saved = f"{'saved' if found.saved_usd >= 0 else 'cost'} {abs(found.saved_usd):.2f} USD against finals at once"
    return (
        f"{found.drafts} drafts for {found.drafts_usd:.2f} USD, {found.finals} finals for {found.finals_usd:.2f} USD; "
        f"{saved}"
    )


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
