"""``make up``: Airflow's four processes, the bundled server and a bucket, all on 127.0.0.1, until ``make down``."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import urllib.error
from collections.abc import Mapping
from pathlib import Path

from devtools.airflow_api import AirflowApi
from devtools.airflow_env import BUCKET, DAG_IDS, KEY, REPOSITORY, airflow_environment, clean_environment
from devtools.ports import LOOPBACK, is_free, wait_for
from devtools.processes import Child, StepError, note, noted, start, stop_noted

UP = REPOSITORY / ".up"
PORTS = {"airflow": 8080, "video server": 8765, "bucket": 9023}
USER = "admin"
START_TIMEOUT = 120


def settings_of(folder: Path) -> dict[str, str]:
    """Secrets of this installation, made once and kept readable for its owner only."""
    path = folder / "settings.json"
    if not path.exists():
        from cryptography.fernet import Fernet

        folder.mkdir(parents=True, exist_ok=True)
        made = {
            "password": secrets.token_urlsafe(9),
            "fernet_key": Fernet.generate_key().decode(),
            "jwt_secret": secrets.token_urlsafe(64),
            "secret_key": secrets.token_urlsafe(32),
        }
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            json.dump(made, stream)
    found: dict[str, str] = json.loads(path.read_text())
    return found


def environment(folder: Path, made: Mapping[str, str]) -> dict[str, str]:
    """What the four Airflow processes share."""
    passwords = folder / "passwords.json"
    with open(os.open(passwords, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump({USER: made["password"]}, stream)
    return airflow_environment(
        folder / "airflow",
        sora_url=f"http://{LOOPBACK}:{PORTS['video server']}/v1",
        storage_url=f"http://{LOOPBACK}:{PORTS['bucket']}",
        more={
            "AIRFLOW__API__HOST": LOOPBACK,
            "AIRFLOW__API__PORT": str(PORTS["airflow"]),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": made["secret_key"],
            "AIRFLOW__API_AUTH__JWT_SECRET": made["jwt_secret"],
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{LOOPBACK}:{PORTS['airflow']}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__FERNET_KEY": made["fernet_key"],
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        },
    )


def check_nothing_is_up(folder: Path) -> None:
    """:raises StepError: an earlier ``make up`` still runs; it is left alone."""
    running = noted(folder)
    if running:
        raise StepError(f"It is up already ({', '.join(running)}); `make down` stops it.")


def check_ports(ports: Mapping[str, int]) -> None:
    """:raises StepError: another program listens on a port that is needed."""
    busy = [f"{port} ({name})" for name, port in ports.items() if not is_free(port)]
    if busy:
        hint = ", or give the page another: make PORT=8090 up" if not is_free(ports["airflow"]) else ""
        raise StepError(f"Port {' and '.join(busy)} of {LOOPBACK} is in use by another program; stop it first{hint}.")


class Up:
    """Start everything, one after the other, each with its note for ``make down``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, name: str, argv: list[str], env: Mapping[str, str], healthy_at: str | None = None) -> Child:
        log = self.folder / "logs" / f"{name}.log"
        child = start(name, [sys.executable, *argv], log=log, env=env, cwd=REPOSITORY)
        note(child, self.folder)
        if healthy_at and not wait_for(healthy_at, child.alive, START_TIMEOUT):
            raise StepError(f"{name} did not start; its log is {log}:\n{child.tail()}")
        print(f"started  {name} (process {child.process.pid})", flush=True)
        return child

    def servers(self) -> None:
        video, bucket = PORTS["video server"], PORTS["bucket"]
        video_argv = ["-m", "airflow_provider_sora.animatic", "--host", LOOPBACK, "--port", str(video), "--key", KEY]
        root = f"http://{LOOPBACK}:{video}"
        self.begin(
            "animatic",
            [*video_argv, "--state", str(self.folder / "animatic")],
            clean_environment(),
            f"{root}/health",
        )
        bucket_argv = ["-m", "devtools.strict_gcs", str(bucket), BUCKET, "--data", str(self.folder / "bucket")]
        url = f"http://{LOOPBACK}:{bucket}/storage/v1/b/{BUCKET}"
        self.begin("bucket", bucket_argv, clean_environment(), url)

    def airflow(self, env: Mapping[str, str]) -> None:
        run = ["-m", "airflow"]
        migrated = subprocess.run(
            [sys.executable, *run, "db", "migrate"], env=env, cwd=REPOSITORY, capture_output=True, text=True
        )
        if migrated.returncode:
            raise StepError(f"Airflow's database could not be set up:\n{migrated.stderr[-2000:]}")
        health = f"http://{LOOPBACK}:{PORTS['airflow']}/api/v2/monitor/health"
        self.begin("api-server", [*run, "api-server", "--host", LOOPBACK, "--port", str(PORTS["airflow"])], env, health)
        # Without their log servers, which would listen on every interface.
        self.begin("scheduler", [*run, "scheduler", "--skip-serve-logs"], env)
        self.begin("triggerer", [*run, "triggerer", "--skip-serve-logs"], env)
        self.begin("dag-processor", [*run, "dag-processor"], env)


def run(folder: Path, paused: bool) -> int:
    """Start, switch the DAGs on unless ``paused``, and say where to look."""
    check_ports(PORTS)
    made = settings_of(folder)
    env = environment(folder, made)
    up = Up(folder)
    up.servers()
    up.airflow(env)
    root = f"http://{LOOPBACK}:{PORTS['airflow']}"
    api = AirflowApi(root, USER, made["password"])
    api.wait_for_dags(DAG_IDS, START_TIMEOUT)
    if not paused:
        for dag_id in DAG_IDS:
            print(f"running  {dag_id}: {api.switch_on(dag_id)}")
    print(f"\nAirflow  {root}   user {USER}   password {made['password']}")
    print(f"videos   http://{LOOPBACK}:{PORTS['video server']}/v1   bucket gs://{BUCKET}")
    print(f"pages    {(UP / 'bucket/.cloudstorage' / BUCKET / 'unreviewed').as_uri()}   once a run has ended")
    print("logs     .up/logs   `make down` stops everything")
    return 0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.up", description=__doc__)
    parser.add_argument("--paused", action="store_true", help="leave the DAGs paused and run none")
    parser.add_argument("--port", type=int, default=PORTS["airflow"], help="of Airflow's page")
    asked = parser.parse_args(argv)
    PORTS["airflow"] = asked.port
    try:
        check_nothing_is_up(UP)
        try:
            return run(UP, asked.paused)
        except BaseException:
            stop_noted(UP)
            raise
    except (StepError, urllib.error.URLError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; everything that was started has been ended.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
