"""``make up``: Airflow's four processes, the bundled server and a bucket, all on 127.0.0.1, until ``make down``.

``make up-celery`` is the same on PostgreSQL and Redis with two Celery workers and two triggerers (:mod:`.cluster`), and
takes other ports where the usual ones are in use.

Typed again while it is up, it changes nothing, and says where it is and how to log in.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import urllib.error
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from devtools import cluster, database, stack
from devtools.airflow_api import AirflowApi
from devtools.airflow_env import BUCKET, DAG_IDS, REPOSITORY, REVIEW_DAG_IDS
from devtools.keep import DEATHS
from devtools.ports import LOOPBACK, free_port, is_free, wait_for
from devtools.processes import StepError, note, noted, stop_noted
from devtools.stack import UP, USER, Ports, Service

START_TIMEOUT = 120


def check_ports(ports: Mapping[str, int]) -> None:
    """:raises StepError: another program listens on a port that is needed."""
    busy = [f"{port} ({name})" for name, port in ports.items() if not is_free(port)]
    if busy:
        hint = ", or give the page another: make PORT=8090 up" if not is_free(ports["airflow"]) else ""
        raise StepError(f"Port {' and '.join(busy)} of {LOOPBACK} is in use by another program; stop it first{hint}.")


def begin(service: Service, folder: Path) -> None:
    """Start a process with its note for ``make down``, and wait until it is ready.

    :raises StepError: it did not start; names its log.
    """
    child = service.start(folder)
    note(child, folder)
    if service.healthy_at and not wait_for(service.healthy_at, child.alive, START_TIMEOUT):
        raise StepError(f"{service.name} did not start; its log is {child.log}:\n{child.tail()}")
    print(f"started  {service.name} (process {child.process.pid})", flush=True)


def prepare_database(folder: Path, ports: Ports) -> Ports:
    """Choose the database, and make PostgreSQL's data folder where it is that; the ports with its own."""
    postgres, reason = database.installed(folder)
    if postgres is None:
        print(f"database SQLite, with two tasks at a time: {reason}")
        return ports
    postgres.create(folder / "postgres", stack.settings_of(folder)["database_password"])
    print("database PostgreSQL, in .up/postgres")
    return replace(ports, database=free_port())


def migrate(folder: Path, ports: Ports) -> None:
    """Set up Airflow's tables, once the database answers.

    :raises StepError: they could not be.
    """
    env = stack.environment(folder, ports)
    deadline = time.monotonic() + START_TIMEOUT
    while ports.database is not None and is_free(ports.database) and time.monotonic() < deadline:
        time.sleep(0.1)
    argv = [sys.executable, "-m", "airflow", "db", "migrate"]
    migrated = subprocess.run(argv, env=env, cwd=REPOSITORY, capture_output=True, text=True)
    if migrated.returncode:
        raise StepError(f"Airflow's database could not be set up:\n{migrated.stderr[-2000:]}")


def run(folder: Path, ports: Ports, paused: bool) -> int:
    """Start, switch the DAGs on unless ``paused``, and say where to look."""
    check_ports({"airflow": ports.airflow, "video server": ports.video_server, "bucket": ports.bucket})
    stack.settings_of(folder)
    (folder / DEATHS).unlink(missing_ok=True)
    ports = prepare_database(folder, ports)
    stack.remember(ports, folder)
    for service in stack.servers(folder, ports):
        begin(service, folder)
    migrate(folder, ports)
    for service in (*stack.airflow(folder, ports), stack.keeper()):
        begin(service, folder)
    api = AirflowApi(ports.page, USER, stack.settings_of(folder)["password"])
    api.wait_for_dags((*DAG_IDS, *REVIEW_DAG_IDS), START_TIMEOUT)
    if not paused:
        for dag_id in REVIEW_DAG_IDS:
            api.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        for dag_id in DAG_IDS:
            print(f"running  {dag_id}: {api.switch_on(dag_id)}")
    print("\n" + whereabouts(folder, ports))
    return 0


def whereabouts(folder: Path, ports: Ports) -> str:
    """Addresses, login, and what has died since it was started."""
    pages = folder / "bucket/.cloudstorage" / BUCKET / "unreviewed"
    lines = [
        f"Airflow  {ports.page}   user {USER}   password {stack.settings_of(folder)['password']}",
        f"videos   http://{LOOPBACK}:{ports.video_server}/v1   bucket gs://{BUCKET}",
        f"pages    {pages.as_uri()}   once a run has ended",
        "logs     .up/logs   `make down` stops everything; what dies is started again",
    ]
    if (folder / DEATHS).exists():
        lines += ["", "since then:", *(folder / DEATHS).read_text("utf-8").splitlines()[-10:]]
    return "\n".join(lines)


def cluster_ports(airflow: int) -> Ports:
    """The usual ports, or free ones in place of those in use."""
    usual = Ports(airflow=airflow)
    free = {name: port if is_free(port) else free_port() for name, port in asdict(usual).items() if port}
    return Ports(**{**free, "broker": free_port()})


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.up", description=__doc__)
    parser.add_argument("--paused", action="store_true", help="leave the DAGs paused and run none")
    parser.add_argument("--port", type=int, default=Ports().airflow, help="of Airflow's page")
    parser.add_argument("--celery", action="store_true", help="on PostgreSQL, Redis and two Celery workers")
    asked = parser.parse_args(argv)
    if running := noted(UP):
        if "keeper" not in running:
            begin(stack.keeper(), UP)
        print(f"It is up already ({', '.join(running)}).\n\n{whereabouts(UP, stack.remembered(UP))}")
        return 0
    if asked.celery and (lacking := cluster.missing(UP)):
        print("\n".join(lacking), file=sys.stderr)
        return 2
    try:
        try:
            return run(UP, cluster_ports(asked.port) if asked.celery else Ports(airflow=asked.port), asked.paused)
        except BaseException:
            stop_noted(UP, first="keeper")
            raise
    except (StepError, urllib.error.URLError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; everything that was started has been ended.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
