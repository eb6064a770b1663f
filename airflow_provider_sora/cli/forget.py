"""``airflow sora forget``: every clip about a person, out of the archive and off its server."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from dataclasses import asdict

from airflow_provider_sora.cli.archive import options_of
from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.stores.destination import parse_destination

_SUBJECT = re.compile(r"[0-9a-f]{40}")


@command
def forget(args: Namespace) -> int:
    """0: everything is gone, or there was nothing; 1: something remains; 2: it could not be looked for."""
    from airflow_provider_sora.runs.private.forgetting import REMAINS
    from airflow_provider_sora.runs.private.forgetting import forget as delete

    options, prefix = options_of(args), args.uri or _usual()
    options.check_for(parse_destination(prefix))
    subject = _subject(args.key)
    traces = delete(prefix, subject, options, dry_run=args.dry_run)
    remaining = [trace for trace in traces if trace.state == REMAINS]
    told = {
        "subject": subject,
        "dry_run": args.dry_run,
        "remaining": len(remaining),
        "traces": list(map(asdict, traces)),
    }
    title = f"subject {subject}: " + (
        "nothing about it was found"
        if not traces
        else f"{len(traces)} traces, nothing was deleted (dry run)"
        if args.dry_run
        else f"{len(traces) - len(remaining)} of {len(traces)} traces are gone"
    )
    show(told, args.output, [(title, [asdict(trace) for trace in traces])])
    return 1 if remaining else 0


def _usual() -> str:
    from airflow_provider_sora.runs.planned import usual_destination

    return usual_destination()


def _subject(key: str) -> str:
    """The keyed hash: as it is given, or of the key that stands on standard input.

    :raises ConfigurationError: it is none, or there is no key to hash with.
    """
    if _SUBJECT.fullmatch(key):
        return key
    if key != "-":
        # Whatever it is, it may be the person's own key: it is not repeated.
        raise ConfigurationError(
            "--key is no keyed hash: 40 digits and letters, as in a clip's label subject. Nothing was deleted.",
            step="to give the person's own key, write --key - and type or pipe it in; it then stands in no history.",
        )
    from airflow_provider_sora.runs.private.subjects import read_secret, subject_of

    value = sys.stdin.readline().strip()
    if not value:
        raise ConfigurationError("Standard input holds no key. Nothing was deleted.", step="type or pipe it in.")
    return subject_of(read_secret(), value)
