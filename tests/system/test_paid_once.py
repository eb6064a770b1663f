"""Whatever is killed, wherever, and whatever a user does: one paid job, one object. On Airflow's real processes."""

from __future__ import annotations

import pytest

from tests.system.rows import SUPERVISOR_KILLS, TASK_KILLS, USER_ACTS, Row
from tests.system.site import Board, Site

# A row waits for the others that run beside it.
pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("row", [*TASK_KILLS, *SUPERVISOR_KILLS, *USER_ACTS], ids=str)
def test_one_paid_job_and_one_object(board: Board, row: Row) -> None:
    board.result(row)


def test_two_mapped_tasks_with_one_prompt_never_adopt_each_others_job(site: Site) -> None:
    server = site.servers["listing"]
    server.fault(on="create", action="reset_after_accept", times=1, match="twins")
    site.airflow.run("twins", "twins-1", {})
    state = site.airflow.wait_for_run("twins", "twins-1")
    made = [job["id"] for job in server.jobs() if job["prompt"] == "twins"]
    tasks = [site.airflow.task("twins", "twins-1", "create", index) for index in range(2)]
    where = "/dags/twins/dagRuns/twins-1/taskInstances/create/xcomEntries/video_id?map_index="
    claimed = [
        str(site.airflow.call("GET", f"{where}{index}")["value"]).strip('"')
        for index, task in enumerate(tasks)
        if task["state"] == "success"
    ]
    assert len(made) == 2, "each task paid exactly once"
    assert len(set(claimed)) == len(claimed) >= 1
    assert set(claimed) <= set(made)
    # The one whose answer was lost found its own job, or stopped for a person; it never took its twin's.
    assert state == ("success" if len(claimed) == 2 else "failed")
