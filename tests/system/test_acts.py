"""Cancel on a kill, no cancel on an execution timeout, and a mapped list that comes in another order after a clear."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.system.rows import HOWS
from tests.system.site import Board, Site

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


def until(holds: Callable[[], Any], what: str, timeout: float = 180) -> None:
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(1)


def line(how: str, what: str, state: str, paid: int, tries: int, seconds: float) -> dict[str, object]:
    return {
        "server": "blind",
        "mode": how,
        "what happened": what,
        "state": state,
        "paid": paid,
        "objects": "-",
        "tries": str(tries),
        "s": round(seconds),
    }


def begin(site: Site, dag_id: str, render_seconds: float) -> list[dict[str, Any]]:
    """Start a run whose job takes that long; returns a function's view of the jobs it made."""
    rule = {"on": "create", "action": "pace", "render_seconds": render_seconds, "match": f"{dag_id}-1", "times": None}
    site.servers["blind"].fault(**rule)
    site.airflow.run(dag_id, f"{dag_id}-1", {})
    until(lambda: jobs(site, dag_id), f"{dag_id} made no job")
    return jobs(site, dag_id)


def jobs(site: Site, dag_id: str) -> list[dict[str, Any]]:
    return [job for job in site.servers["blind"].jobs() if job["prompt"] == f"{dag_id}-1"]


def looked(site: Site, video_id: str) -> bool:
    return any(
        request["method"] == "GET" and str(request["path"]).endswith(f"/{video_id}")
        for request in site.servers["blind"].requests()
    )


@pytest.mark.parametrize("how", HOWS)
def test_a_kill_cancels_where_it_was_asked_for(site: Site, board: Board, how: str) -> None:
    dag_id, began = f"cancel_{how}", time.monotonic()
    begin(site, dag_id, 600)
    state = "running" if how == "sync" else "deferred"
    until(lambda: site.airflow.task(dag_id, f"{dag_id}-1", "create")["state"] == state, f"{dag_id} does not wait")
    # It has asked the server: from then on there is a process, or a trigger, that a kill reaches.
    until(lambda: looked(site, jobs(site, dag_id)[0]["id"]), f"{dag_id} does not look")
    site.airflow.mark(dag_id, f"{dag_id}-1", "create", "failed")
    until(lambda: jobs(site, dag_id)[0]["status"] == "cancelled", "the job was not cancelled")
    assert len(jobs(site, dag_id)) == 1
    board.lines.append(line(how, "marked failed, cancel_on_kill", "cancelled", 1, 1, time.monotonic() - began))


@pytest.mark.parametrize("how", HOWS)
def test_an_execution_timeout_cancels_nothing_and_pays_once(site: Site, board: Board, how: str) -> None:
    dag_id, began = f"timeout_{how}", time.monotonic()
    begin(site, dag_id, 40)
    state = site.airflow.wait_for_run(dag_id, f"{dag_id}-1", timeout=400)
    task = site.airflow.task(dag_id, f"{dag_id}-1", "create")
    assert state == "success", site.airflow.log(task)
    assert task["try_number"] > 1, "the timeout acted"
    assert [job["status"] for job in jobs(site, dag_id)] == ["completed"]
    tries = task["try_number"]
    board.lines.append(line(how, "execution_timeout, cancel_on_kill", state, 1, tries, time.monotonic() - began))


def test_a_list_in_another_order_pays_for_nothing(site: Site, board: Board) -> None:
    began, prompts = time.monotonic(), [f"item {name}" for name in ("a", "b", "c", "d", "e", "f", "g", "h")]
    listed = site.airflow.folder / "markers" / "shuffled.json"
    made: dict[str, str] = {}
    for turn, order in enumerate([prompts, prompts[::-1], prompts[3:] + prompts[:3]]):
        listed.write_text(json.dumps(order))
        if turn == 0:
            site.airflow.run("shuffled", "shuffled-1", {})
        else:
            site.airflow.clear("shuffled", "shuffled-1", ["items", "create"])
        state = site.airflow.wait_for_run("shuffled", "shuffled-1", timeout=400)
        tasks = [site.airflow.task("shuffled", "shuffled-1", "create", index) for index in range(8)]
        assert state == "success", "\n".join(site.airflow.log(task) for task in tasks)
        where = "/dags/shuffled/dagRuns/shuffled-1/taskInstances/create/xcomEntries/video_id?map_index="
        got = {
            prompt: str(site.airflow.call("GET", f"{where}{index}")["value"]).strip('"')
            for index, prompt in enumerate(order)
        }
        made = made or got
        assert got == made, "every item has the job that was made for it"
    paid = [job for job in site.servers["blind"].jobs() if job["prompt"] in prompts]
    assert len(paid) == 8
    board.lines.append(
        line("deferrable", "8 items in another order, twice", "success", len(paid), 3, time.monotonic() - began)
    )
