"""``airflow sora verify`` and ``airflow sora report``."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import asdict
from typing import Any

from airflow_provider_sora.archive.__main__ import print_report, print_verify
from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.stores.destination import parse_destination
from airflow_provider_sora.stores.options import ArchiveOptions


def options_of(args: Namespace) -> ArchiveOptions:
    """The store's credentials as the command line names them."""
    return ArchiveOptions(
        gcp_conn_id=args.gcp_conn_id,
        impersonation_chain=args.impersonation_chain,
        storage_conn_id=args.storage_conn_id,
        user_project=args.user_project,
    )


@command
def verify(args: Namespace) -> int:
    """Read objects again; 1 when something does not match, 2 when there is nothing to look at."""
    options = options_of(args)
    options.check_for(parse_destination(args.uri))
    if args.output == "table":
        return print_verify(args, options)
    from airflow_provider_sora.archive.afterwards.verify import verify as check

    found = list(check(args.uri, options, quick=args.quick))
    if not found:
        return _nothing(args.uri)
    problems = [finding for finding in found if finding.problem is not None]
    show(
        {
            "videos": len({finding.video_id for finding in found if finding.video_id}),
            "objects": len(found),
            "bytes": sum(finding.size for finding in found),
            "problems": len(problems),
            "unchecked": sum(finding.problem is None and finding.note is not None for finding in found),
            "findings": [asdict(f) for f in found if args.all or f.problem is not None or f.note is not None],
        },
        args.output,
    )
    return 1 if problems else 0


@command
def report(args: Namespace) -> int:
    """Spend and counts; 1 when a receipt could not be counted, 2 when there is none."""
    options = options_of(args)
    options.check_for(parse_destination(args.uri))
    if args.output == "table":
        code = print_report(args, options)
        left, problem = (None, None) if args.csv else _caps()
        if left:
            show(None, args.output, [("Spending caps, by what is entered for them before it is paid:", left)])
        return _told(problem, code)
    from airflow_provider_sora.archive.afterwards.totals import Row
    from airflow_provider_sora.archive.afterwards.totals import report as sum_up

    by = [word.strip() for word in args.by.split(",") if word.strip()] or ["day"]
    result = sum_up(args.uri, by, options)
    left, problem = _caps()
    if not result.rows and not result.unreadable:
        return _nothing(args.uri)

    def sums(row: Row) -> dict[str, object]:
        return {name: value for name, value in asdict(row).items() if name != "key"}

    rows = [{**dict(zip(by, row.key, strict=True)), **sums(row)} for row in result.rows]
    told = {
        "rows": rows,
        "total": sums(result.total),
        "drafts": result.drafts and asdict(result.drafts),
        "not_counted": result.unreadable,
        "unchecked": result.unchecked,
        "caps": left,
    }
    show(told, args.output)
    return _told(problem, 1 if result.unreadable else 0)


def _caps() -> tuple[list[dict[str, Any]] | None, str | None]:
    """What the deployment's spending caps leave now, None where there are none; and why that cannot be told."""
    from airflow_provider_sora.caps.configured import configured_book
    from airflow_provider_sora.caps.left import rooms

    try:
        book = configured_book()
        if book is None:
            return None, None
        return [asdict(room) for room in rooms(book.caps, book.sums(), book.today())], None
    except SoraError as error:
        return None, error.message


def _told(problem: str | None, code: int) -> int:
    if problem is None:
        return code
    print(f"caps: {problem}", file=sys.stderr)
    return code or 1


def _nothing(uri: str) -> int:
    print(f"{uri}: no receipt found", file=sys.stderr)
    return 2
