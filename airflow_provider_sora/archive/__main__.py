"""``python -m airflow_provider_sora.archive verify URI_OR_PREFIX`` and ``… report PREFIX --by day,label.brand``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.stores.destination import parse_destination
from airflow_provider_sora.stores.options import ArchiveOptions


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    :returns: 0 when all is well, 1 when something does not match, 2 when it could not be looked at.
    """
    args = _parser().parse_args(argv)
    options = ArchiveOptions(
        gcp_conn_id=args.gcp_conn_id,
        impersonation_chain=args.impersonation_chain,
        storage_conn_id=args.storage_conn_id,
        user_project=args.user_project,
    )
    try:
        options.check_for(parse_destination(args.uri))
        return print_verify(args, options) if args.command == "verify" else print_report(args, options)
    except SoraError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_sora.archive", description="Look after an archive."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--gcp-conn-id", help="Airflow connection with Google credentials")
    common.add_argument("--impersonation-chain", help="service account(s) to act as, separated by commas")
    common.add_argument("--storage-conn-id", help="Airflow connection of another store")
    common.add_argument("--user-project", help="project billed for a requester-pays bucket")
    verify = commands.add_parser("verify", parents=[common], help="re-read objects and say what no longer matches")
    verify.add_argument("uri", help="a prefix, or one video's folder, receipt or object")
    verify.add_argument("--quick", action="store_true", help="compare what the store states, without reading content")
    verify.add_argument("--all", action="store_true", help="list what matches too")
    report = commands.add_parser("report", parents=[common], help="spend and counts")
    report.add_argument("uri", metavar="prefix")
    report.add_argument("--by", default="day", help="day, month, model, call, size, dag … and label.KEY, by commas")
    report.add_argument("--csv", action="store_true", help="CSV instead of a table")
    return parser


def print_verify(args: argparse.Namespace, options: ArchiveOptions) -> int:
    """What no longer matches, a line each, as it is found; for ``airflow sora verify`` too."""
    from airflow_provider_sora.archive.afterwards.verify import verify

    videos: set[str] = set()
    objects = size = problems = unchecked = 0
    for finding in verify(args.uri, options, quick=args.quick):
        videos.update([finding.video_id] if finding.video_id else [])
        objects += 1
        size += finding.size
        if finding.problem is not None:
            problems += 1
            print(f"BAD  {finding.uri}: {finding.problem}")
        elif finding.note is not None:
            unchecked += 1
            print(f"NOTE {finding.uri}: {finding.note}")
        elif args.all:
            print(f"ok   {finding.uri}")
    if not objects:
        print(f"{args.uri}: no receipt found", file=sys.stderr)
        return 2
    depth = "compared" if args.quick else "read"
    doubtful = f", {unchecked} unchecked" if unchecked else ""
    print(f"{len(videos)} videos, {objects} objects, {size / 1e6:.1f} MB {depth}, {problems} problems{doubtful}")
    return 1 if problems else 0


def print_report(args: argparse.Namespace, options: ArchiveOptions) -> int:
    """The sums as a table, or as CSV; for ``airflow sora report`` too."""
    from airflow_provider_sora.archive.afterwards.totals import as_csv, as_table, drafts_line, report

    result = report(args.uri, [word.strip() for word in args.by.split(",") if word.strip()] or ["day"], options)
    if not result.rows and not result.unreadable:
        print(f"{args.uri}: no receipt found", file=sys.stderr)
        return 2
    sys.stdout.write(as_csv(result) if args.csv else as_table(result))
    if result.drafts is not None and not args.csv:
        print(drafts_line(result.drafts))
    for line in result.unchecked:
        print(f"unchecked: {line}", file=sys.stderr)
    for line in result.unreadable:
        print(f"not counted: {line}", file=sys.stderr)
    return 1 if result.unreadable else 0


if __name__ == "__main__":
    sys.exit(main())
