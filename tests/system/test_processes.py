"""Airflow's processes and the server killed or restarted under waiting tasks; one such act after another."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import groupby

import pytest

from tests.system.rows import PROCESS_ACTS, Row
from tests.system.scripts import accepted, create_is, ended, marker_of, slow_job, start
from tests.system.site import Board, Site

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


def follow(scripts: list[Iterator[None]], timeout: float = 400) -> None:
    """Until all have ended."""
    deadline = time.monotonic() + timeout
    while scripts:
        assert time.monotonic() < deadline, "the runs did not get that far"
        scripts = [script for script in scripts if next(script, StopIteration) is None]
        time.sleep(1)


def waiting(site: Site, row: Row) -> Iterator[None]:
    """Its job is accepted and recorded, and the task waits for it."""
    yield from accepted(site, row)
    yield from create_is(site, row, "running" if row.how == "sync" else "deferred")
    for _ in range(3):  # so that the record is written, and the trigger has been read
        yield


def held(site: Site, row: Row) -> Iterator[None]:
    while not marker_of(site, row).exists():
        yield


def kill_triggerer(site: Site, rows: list[Row]) -> None:
    site.airflow.kill("triggerer")
    site.airflow.begin("triggerer")


def restart_triggerer(site: Site, rows: list[Row]) -> None:
    site.airflow.stop("triggerer")
    site.airflow.begin("triggerer")


def kill_scheduler(site: Site, rows: list[Row]) -> None:
    """Its executor's workers and their tasks die with it, as with the host that they share."""
    site.airflow.kill("scheduler")
    for row in rows:
        marker = marker_of(site, row)
        if marker.exists():  # the held task leads a group of its own on some systems
            try:
                os.kill(int(marker.read_text()), signal.SIGKILL)
            except ProcessLookupError:
                continue
    site.airflow.begin("scheduler")


def restart_servers(site: Site, rows: list[Row]) -> None:
    for name in {row.server for row in rows}:
        site.servers[name].restart()


def kill_servers(site: Site, rows: list[Row]) -> None:
    for name in {row.server for row in rows}:
        site.servers[name].restart(kill=True)


ACTS: dict[str, Callable[[Site, list[Row]], None]] = {
    "triggerer killed": kill_triggerer,
    "triggerer restarted": restart_triggerer,
    "scheduler killed": kill_scheduler,
    "server restarted": restart_servers,
    "server killed": kill_servers,
}


@pytest.fixture(scope="module")
def acted(site: Site, request: pytest.FixtureRequest) -> Callable[[Row], float]:
    """``acted(row)`` runs the act that the row belongs to, with all its selected rows, once; its seconds."""
    selected = [item.callspec.params["row"] for item in request.session.items if item.path == request.path]
    groups = {script: list(rows) for script, rows in groupby(selected, key=lambda row: row.script)}
    seconds: dict[str, float] = {}

    def act(row: Row) -> float:
        if row.script not in seconds:
            began = time.monotonic()
            seconds[row.script] = began
            perform(site, row.script, groups[row.script])
            seconds[row.script] = time.monotonic() - began
        return seconds[row.script]

    return act


def perform(site: Site, script: str, rows: list[Row]) -> None:
    what, moment = script.split(" while ")
    for row in rows:
        if moment == "resuming":
            start(site, row, boundary="on_resume", who="hold")
        else:
            slow_job(site, row, 25)
            start(site, row)
    follow([(held if moment == "resuming" else waiting)(site, row) for row in rows])
    ACTS[what](site, rows)
    for row in rows:
        marker = marker_of(site, row)
        marker.with_name(f"{marker.name}.go").touch()
    follow([ended(site, row) for row in rows])


@pytest.mark.parametrize("row", PROCESS_ACTS, ids=str)
def test_one_paid_job_and_one_object(board: Board, acted: Callable[[Row], float], row: Row) -> None:
    board.finish(row, acted(row))
