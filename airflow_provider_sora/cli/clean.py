"""``airflow sora clean``: what of an archive may go, shown first, and deleted only where that is asked for."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.arguments import check_names
from airflow_provider_sora.cli.archive import options_of
from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.stores.destination import parse_destination

if TYPE_CHECKING:
    from airflow_provider_sora.retention.finding import Found


@command
def clean(args: Namespace) -> int:
    """1 when something could not be judged or deleted."""
    from airflow_provider_sora.retention.cleaning import clean as delete
    from airflow_provider_sora.retention.finding import find
    from airflow_provider_sora.retention.what import LATER
    from airflow_provider_sora.stores.open import open_store

    options = options_of(args)
    options.check_for(parse_destination(args.uri))
    what = [word.strip() for word in (args.what or "").split(",") if word.strip()]
    check_names("--what", what, LATER)
    if args.older_than < 1:
        raise ConfigurationError("--older-than must be at least 1 day.", step="name more days.")
    if args.yes and not what:
        raise ConfigurationError("--yes without --what would delete all at once.", step="name what shall go.")
    store = open_store(args.uri, options)
    found = find(store, what or list(LATER), datetime.now(UTC) - timedelta(days=args.older_than))
    rows: list[dict[str, Any]] = []
    failed = len(found.problems)
    for candidate in found.candidates:
        outcome = "would go"
        if args.yes:
            try:
                outcome = delete(store, candidate)
            except SoraError as error:
                failed += 1
                outcome = f"{type(error).__name__}: {error.message}"
        rows.append(
            {
                "what": candidate.what,
                "where": candidate.where,
                "objects": len(candidate.names),
                "bytes": candidate.bytes,
                "since": candidate.since[:10],
                "outcome": outcome,
                "later": candidate.later,
            }
        )
    _print(args, rows, found)
    return 1 if failed else 0


def _print(args: Namespace, rows: list[dict[str, Any]], found: Found) -> None:
    problems = [{"where": where, "reason": reason} for where, reason in found.problems]
    if args.output != "table":
        show({"deleted": bool(args.yes), "found": rows, "not_judged": problems}, args.output)
        return
    show(None, "table", [("", [{key: row[key] for key in row if key != "later"} for row in rows])])
    counts, sizes = Counter(row["what"] for row in rows), Counter[str]()
    later = {row["what"]: row["later"] for row in rows}
    for row in rows:
        sizes[row["what"]] += row["bytes"]
    for word, count in counts.items():
        print(f"{word}: {count}, {sizes[word] / 1e6:.1f} MB. Later: {later[word]}.")
    if not rows:
        print("Nothing may go.")
    elif not args.yes:
        print("Nothing was deleted. Next: the same with --what … --yes.")
    for problem in problems:
        print(f"not judged: {problem['where']}: {problem['reason']}", file=sys.stderr)
