"""The installation, made once for all system tests, and the table of what was paid, printed at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.strict_gcs import StrictGcs
from tests.support.animatic import KEY, AnimaticServer
from tests.system.installation import Installation
from tests.system.rows import ACTED_ON, QUICK, WORDED, Row, dag_ids
from tests.system.site import Board, Site, table

#: What each server does to help after a lost answer.
FLAGS: dict[str, dict[str, bool]] = {
    "listing": {},
    "blind": {"prompts_in_list": False},
    "keyed": {"honour_idempotency_key": True, "prompts_in_list": False},
    "witness": {},
}

LINES = pytest.StashKey[list[dict]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rows that are not among the quick ones belong to the full table."""
    for item in items:
        row = getattr(item, "callspec", None) and item.callspec.params.get("row")
        if isinstance(row, Row) and row not in QUICK:
            item.add_marker(pytest.mark.full_table)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    servers: dict[str, AnimaticServer] = {}
    try:
        for name, flags in FLAGS.items():
            patient = {"queue_seconds": 0.2, "render_seconds": 1.0, "log": folder / f"{name}.log", **flags}
            servers[name] = AnimaticServer(state=folder / f"server-{name}", **patient).start()
        # The jobs that bear witness go on for longer than any search.
        servers["witness"].fault(on="create", action="pace", render_seconds=1800, match="Waves break", times=None)
        with StrictGcs() as bucket:
            bucket.create_bucket("system")
            with Installation(
                folder / "site",
                sora_url=servers["listing"].url,
                storage_url=bucket.url,
                connections={f"AIRFLOW_CONN_{name.upper()}": connection(name, servers[name]) for name in servers},
                dag_ids=("twins", "shuffled", "settled", *WORDED, *ACTED_ON, *dag_ids()),
            ) as airflow:
                yield Site(airflow, servers, bucket)
    finally:
        for server in servers.values():
            server.stop()


def connection(name: str, server: AnimaticServer) -> str:
    """The connection to one of the servers; its dialect says how far that server helps."""
    helps = {"list_has_prompts": name in ("listing", "witness"), "honours_idempotency_key": name == "keyed"}
    extra = {"request_timeout": 6, "prices": {"*": {"*": 0.1}}, "dialect": {"base": "animatic", **helps}}
    return json.dumps({"conn_type": "sora", "host": server.url, "password": KEY, "extra": extra})


@pytest.fixture(scope="package")
def board(site: Site, request: pytest.FixtureRequest) -> Board:
    """Every selected row that shares the installation with others, started side by side."""
    from tests.system.scripts import SCRIPTS

    made = Board(site)
    rows = [item.callspec.params.get("row") for item in request.session.items if hasattr(item, "callspec")]
    made.add(row for row in rows if isinstance(row, Row) and row.script in SCRIPTS)
    request.config.stash[LINES] = made.lines
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(LINES, [])
    if lines:
        terminalreporter.section("paid once: what happened, what it cost, what was kept")
        for text in table(lines):
            terminalreporter.write_line(text)
        paid = sum(line["paid"] for line in lines)
        terminalreporter.write_line(
            f"{len(lines)} rows, {paid} paid jobs, {sum(line['s'] for line in lines)} s of runs"
        )
