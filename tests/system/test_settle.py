"""``airflow sora settle`` on Airflow's processes: a lost answer, a person's word, a clear; what is paid is counted."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.system.site import Site

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def command(site: Site, *words: str, token: str | None = None) -> tuple[int, str]:
    """``airflow sora settle`` in a shell: exit code, and what it wrote."""
    env = {**site.airflow.env, "AIRFLOW_API_TOKEN": site.airflow.api.token if token is None else token}
    argv = [sys.executable, "-m", "airflow", "sora", "settle", *words, "--api", site.airflow.api.root]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr[-2000:]


def stuck(site: Site, run_id: str, action: str) -> str:
    """A run whose create does not know whether it has paid; the name of that task."""
    site.servers["blind"].fault(on="create", action=action, match=run_id, times=1)
    site.airflow.run("settled", run_id, {})
    assert site.airflow.wait_for_run("settled", run_id) == "failed"
    return f"settled/{run_id}/create/-1"


def jobs(site: Site, run_id: str) -> list[dict[str, Any]]:
    return [job for job in site.servers["blind"].jobs() if str(job["prompt"]).startswith(run_id)]


def cleared(site: Site, run_id: str) -> None:
    site.airflow.clear("settled", run_id, ["create", "remix"])
    assert site.airflow.wait_for_run("settled", run_id) == "success", site.airflow.log(
        site.airflow.task("settled", run_id, "create")
    )


def test_the_job_is_there(site: Site) -> None:
    task = stuck(site, "settled-found", "reset_after_accept")
    [job] = jobs(site, "settled-found")
    code, said = command(site, "--output", "json")
    assert code == 0 and task in [row["task"] for row in json.loads(said)]
    code, said = command(site, task, "--output", "json")
    seen = json.loads(said)
    assert seen["request"]["record"] == "intent" and "no known outcome" in seen["request"]["paid"]
    assert job["id"] in [row["job"] for row in seen["jobs"]]
    code, said = command(site, task, "--job", "video_unknown")
    assert code == 2 and "video_unknown could not be looked at" in said
    code, said = command(site, task, "--job", job["id"], token="nobody")
    assert code == 2 and "AuthenticationFailedError" in said and "The record was left as it is." in said
    code, said = command(site, task, "--job", job["id"])
    assert code == 0 and f"goes on with job {job['id']} and pays for nothing" in " ".join(said.split())
    cleared(site, "settled-found")
    assert [one["prompt"] for one in jobs(site, "settled-found")] == ["settled-found", "settled-found, colder"]
    create = site.airflow.task("settled", "settled-found", "create")
    assert "a person said which job it is" in site.airflow.log(create)
    code, said = command(site, task, "--job", job["id"])
    assert code == 2 and "No answer of this task is lost: its record says completed" in said


def test_there_is_no_job(site: Site) -> None:
    task = stuck(site, "settled-none", "reset_after_body")
    assert jobs(site, "settled-none") == []
    code, said = command(site, task, "--again")
    assert code == 2 and "may still reach the server" in said
    code, said = command(site, task, "--again", "--sure")
    assert code == 0 and "pays for one more job" in said
    cleared(site, "settled-none")
    assert len(jobs(site, "settled-none")) == 2, "the create and its remix, once each"
