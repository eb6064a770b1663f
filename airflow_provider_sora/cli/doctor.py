"""``airflow sora doctor``: which server a connection leads to, what it can do, what is missing."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from airflow_provider_sora.cli.archive import options_of
from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.cli.diagnosis import NO, examine


@command
def doctor(args: Namespace) -> int:
    """Ask everything that can be asked for free; 1 when an answer is no."""
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.stores.open import open_store

    options = options_of(args)

    def try_write(prefix: str) -> str:
        open_store(prefix, options).check()
        return f"{prefix} can be written"

    checks = list(examine(SoraHook(args.conn_id), args.destination or _usual_archive(), try_write))
    well = all(check.answer != NO for check in checks)
    rows = [asdict(check) for check in checks]
    data = {"conn_id": args.conn_id, "ok": well, "checks": rows}
    summary = "All is well." if well else "Something is missing: see the rows that say no."
    show(data, args.output, [("", rows), (summary, ())])
    return 0 if well else 1


def _usual_archive() -> str | None:
    """Where the two DAGs write: the Airflow variable ``sora_archive``."""
    from airflow.sdk import Variable

    found = Variable.get("sora_archive", default=None)
    return str(found) if found else None
