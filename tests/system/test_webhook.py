"""From the server's completion to the task's resume, when a webhook tells: real API server, triggerer and secrets."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from testbed.ports import LOOPBACK
from testbed.strict_gcs import StrictGcs
from tests.support.animatic import KEY, AnimaticServer
from tests.system.installation import Installation

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(900)]

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, AnimaticServer, Path]]:
    folder = tmp_path_factory.mktemp("webhook")
    lookups = folder / "lookups.txt"
    lookups.touch()
    with AnimaticServer(render="lazy", render_seconds=45) as server, StrictGcs() as bucket:
        connection = {"conn_type": "sora", "host": server.url, "password": KEY, "extra": {"webhook_secret": SECRET}}
        with Installation(
            folder / "site",
            sora_url=server.url,
            storage_url=bucket.url,
            connections={
                "AIRFLOW_CONN_WEBHOOKED": json.dumps(connection),
                "AIRFLOW__SECRETS__BACKEND": "tests.system.counting_secrets.CountingSecrets",
                "SORA_TEST_LOOKUPS": str(lookups),
                "SORA_TEST_MARKERS": str(folder / "markers"),
            },
            dag_ids=("webhooked",),
        ) as airflow:
            server.settings(
                webhook_url=f"http://{LOOPBACK}:{airflow.port}/sora/webhooks/webhooked", webhook_secret=SECRET
            )
            yield airflow, server, lookups


def test_a_task_resumes_soon_after_its_job_ended(house: tuple[Installation, AnimaticServer, Path]) -> None:
    airflow, server, lookups = house
    airflow.run("webhooked", "told", {})
    assert airflow.wait_for_run("webhooked", "told", timeout=280) == "success", "without a nudge: five minutes at least"
    assert [entry["status"] for entry in server.webhooks()] == [204] * 10
    ended = {job["id"]: job["completed_at"] for job in server.jobs()}
    tasks = [airflow.task("webhooked", "told", "create", index) for index in range(10)]
    done = sorted(datetime.fromisoformat(task["end_date"]).timestamp() for task in tasks)
    lags = [late - end for late, end in zip(done, sorted(ended.values()), strict=True)]
    print("completion to the task's end, s:", [round(lag, 1) for lag in lags])
    assert len(server.jobs()) == 10 and server.stats()["paid_posts"] == 10
    assert max(lags) < 60, "each one waited for its own webhook, not for the poll"
    asked = lookups.read_text().split("\n")
    assert not [line for line in asked if "sora_webhook" in line], "marks are read without the secrets backend"


def test_a_forged_one_leaves_no_mark(house: tuple[Installation, AnimaticServer, Path]) -> None:
    airflow, server, _ = house
    server.reset()
    server.settings(render_seconds=8)
    server.fault(on="webhook", action="forged", times=None)
    before = marks(airflow)
    airflow.run("webhooked", "forged", {})
    deadline = time.monotonic() + 120
    while len(server.webhooks()) < 10 and time.monotonic() < deadline:
        time.sleep(1)
    assert [entry["status"] for entry in server.webhooks()] == [401] * 10
    assert marks(airflow) == before
    # Their length is known by now, so that they are looked at in time without being told.
    assert airflow.wait_for_run("webhooked", "forged", timeout=280) == "success"


def marks(airflow: Installation) -> set[str]:
    found = airflow.call("GET", "/variables?limit=100&variable_key_pattern=sora_webhook%25")
    return {variable["key"] for variable in found["variables"]}
