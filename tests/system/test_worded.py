"""A decorated function whose words change at each call: its task is killed after paying, and pays once."""

from __future__ import annotations

import json

import pytest

from tests.system.rows import WORDED
from tests.system.site import Site

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


@pytest.mark.parametrize("dag_id", WORDED)
def test_the_words_that_were_paid_for_are_used_again(site: Site, dag_id: str) -> None:
    run_id, server = f"{dag_id}-1", site.servers["listing"]
    site.airflow.run(dag_id, run_id, {"boundary": "after_post", "who": "task"})
    assert site.airflow.wait_for_run(dag_id, run_id) == "success"
    create = site.airflow.task(dag_id, run_id, "create")
    assert create["try_number"] == 2, "nothing was killed"
    (job,) = [job for job in server.jobs() if job["prompt"].startswith(run_id)]
    where = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/create/xcomEntries/return_value?deserialize=true"
    value = site.airflow.call("GET", where)["value"]
    record = json.loads(value) if isinstance(value, str) else value
    assert (record["video_id"], record["requested"]["prompt"]) == (job["id"], job["prompt"])
    assert "Using what create() answered before; it is not asked again." in site.airflow.log(create)
