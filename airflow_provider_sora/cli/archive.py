"""``airflow sora verify`` and ``airflow sora report``."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import asdict

from airflow_provider_sora.archive.naming import parse_destination
from airflow_provider_sora.archive.options import ArchiveOptions
from airflow_provider_sora.cli.command import command, show


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
    from airflow_provider_sora.archive.verify import verify as check

    options = options_of(args)
    options.check_for(parse_destination(args.uri))
    found = list(check(args.uri, options, quick=args.quick))
    if not found:
        print(f"{args.uri}: no receipt found", file=sys.stderr)
        return 2
    problems = [finding for finding in found if finding.problem is not None]
    rows = [asdict(finding) for finding in (found if args.all else problems)]
    videos = {finding.video_id for finding in found if finding.video_id}
    size = sum(finding.size for finding in found)
    depth = "compared" if args.quick else "read"
    summary = f"{len(videos)} videos, {len(found)} objects, {size / 1e6:.1f} MB {depth}, {len(problems)} problems"
    data = {"videos": len(videos), "objects": len(found), "bytes": size, "problems": len(problems), "findings": rows}
    show(data, args.output, [("", rows), (summary, ())])
    return 1 if problems else 0


@command
def report(args: Namespace) -> int:
    """Spend and counts; 1 when a receipt could not be counted, 2 when there is none."""
    from airflow_provider_sora.archive.report import report as sum_up

    options = options_of(args)
    options.check_for(parse_destination(args.uri))
    by = [word.strip() for word in args.by.split(",") if word.strip()] or ["day"]
    result = sum_up(args.uri, by, options)
    if not result.rows and not result.unreadable:
        print(f"{args.uri}: no receipt found", file=sys.stderr)
        return 2
    rows = []
    for row in (*result.rows, result.total):
        key = dict(zip(by, row.key, strict=False))
        rows.append({**key, **{name: value for name, value in asdict(row).items() if name != "key"}})
    data = {
        "rows": rows[:-1],
        "total": {k: v for k, v in rows[-1].items() if k not in by},
        "not_counted": result.unreadable,
    }
    show(data, args.output, [("", [{name: row.get(name, "") for name in rows[0]} for row in rows])])
    for line in result.unreadable:
        print(f"not counted: {line}", file=sys.stderr)
    return 1 if result.unreadable else 0
