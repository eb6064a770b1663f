"""A bad day of both shipped DAGs on a cluster, one of its workers killed in an upload; then PostgreSQL, the broker's
file, every log, the bucket and what is printed and answered are looked through for each secret that took part in it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed import database, stack
from testbed.airflow_env import BUCKET, DAG_IDS
from testbed.airflow_env import DAGS as SHIPPED
from testbed.clustered import Cluster
from testbed.stack import USER
from tests.support import bad_day
from tests.support.animatic import AnimaticServer
from tests.support.canaries import hits
from tests.support.leftovers import ProcessLists, files_in, gallery_answers, objects_of, printed
from tests.system.cluster.conftest import SOON, needed
from tests.system.cluster.kills import until

pytestmark = [pytest.mark.system, pytest.mark.full_table, pytest.mark.timeout(1800)]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cluster, AnimaticServer, str]]:
    with (
        tempfile.TemporaryDirectory(prefix="sora-canary-") as name,
        AnimaticServer(key=bad_day.KEY.text) as server,
        bad_day.photo_server() as photos,
    ):
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL is not run by root, and its user must reach its data
        needed(folder)
        settings = {
            **SOON,
            **bad_day.connections(server.url),
            "AIRFLOW__SORA__INPUT_PATHS": f"{tmp_path}, {SHIPPED}, {photos}",
            "AIRFLOW__SORA__ARCHIVES": f"gs://{BUCKET}/desk",
            "PYTHONFAULTHANDLER": "1",
            "NEWS_INSERT_SCHEDULE": "0 0 31 12 *",
            "PRODUCT_VIDEO_SCHEDULE": "0 0 31 12 *",
        }
        with Cluster(folder, SHIPPED, env=settings) as made:
            monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{made.ports.bucket}")
            made.api.wait_for_dags(DAG_IDS, 180)
            for dag_id in DAG_IDS:
                made.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})
            yield made, server, photos


def dumped(cluster: Cluster) -> bytes:
    postgres, reason = database.installed(cluster.folder)
    assert postgres is not None and cluster.ports.database is not None, reason
    address = database.address(stack.settings_of(cluster.folder)["database_password"], cluster.ports.database)
    program = postgres.programs / "pg_dump"
    done = subprocess.run([str(program), "--dbname", address.replace("+psycopg2", "")], capture_output=True)
    assert done.returncode == 0 and b"task_instance" in done.stdout, done.stderr
    return done.stdout


def test_no_secret_of_a_bad_day_is_found_on_a_cluster(
    cluster: tuple[Cluster, AnimaticServer, str], tmp_path: Path
) -> None:
    airflow, server, photos = cluster
    bad_day.go_wrong(server, 4)
    server.fault(on="content", action="slow", bytes_per_second=20_000, times=6)
    place = f"gs://{BUCKET}/desk"
    conf = {"destination": place, "poll_interval": 1, "model": "sora-2", "notify_conn_id": "desk_chat"}
    inputs = {
        "news_insert": {"feed": bad_day.feed(tmp_path, 4), "max_age_hours": 48},
        "ecommerce_product_video": {"catalogue": bad_day.catalogue(tmp_path, photos), "remix": "off"},
    }
    with ProcessLists() as called:
        for dag_id, more in inputs.items():
            airflow.run(dag_id, "day", {**conf, **more}, bad_day.MORNING.isoformat())
        until("an upload", lambda: any(str(one["path"]).endswith("/content") for one in server.requests()))
        time.sleep(1)
        airflow.kill("worker-1")
        airflow.begin("worker-1")
        for dag_id in DAG_IDS:
            airflow.wait(dag_id, "day", 900)
        commands = printed([sys.executable, "-m", "airflow_provider_sora"], place, airflow.env)
    answers = gallery_answers(airflow.ports.page, USER, stack.settings_of(airflow.folder)["password"])
    logs = {
        **dict(files_in(airflow.folder / "airflow/logs", "log file")),
        **dict(files_in(airflow.folder / "logs", "process log")),
    }
    broker = dict(files_in(airflow.folder / "redis", "broker"))
    objects = dict(objects_of(BUCKET))
    assert broker and any("receipt.json" in name for name in objects) and any("attempt=2" in name for name in logs)
    asked = server.requests()
    assert any(request["headers"].get("x-own") == bad_day.HEADER.text for request in asked), "the canaries were sent"
    places = {"database": dumped(airflow), **logs, **broker, **objects, **commands, **answers, **called.seen}
    assert hits(places, bad_day.CANARIES) == []
