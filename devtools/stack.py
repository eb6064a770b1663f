"""What ``make up`` and ``make up-celery`` run: processes, their environment, and what tells that one is ready."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from devtools import cluster, database
from devtools.airflow_env import BUCKET, KEY, REPOSITORY, airflow_environment, clean_environment
from devtools.ports import LOOPBACK
from devtools.processes import Child, start

UP = REPOSITORY / ".up"
USER = "admin"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens.

    :param database: None where Airflow's is a SQLite file.
    :param broker: Celery's; None where the scheduler runs the tasks itself.
    """

    airflow: int = 8080
    video_server: int = 8765
    bucket: int = 9023
    database: int | None = None
    broker: int | None = None

    @property
    def page(self) -> str:
        return f"http://{LOOPBACK}:{self.airflow}"


@dataclass(frozen=True, slots=True)
class Service:
    """A process of the stack; ``healthy_at`` answers 200 once it is ready, ``user`` is whom it runs as."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    healthy_at: str | None = None
    user: str | None = None

    def start(self, folder: Path) -> Child:
        """Start it, its output behind what an earlier start of it left in its log."""
        log = folder / "logs" / f"{self.name}.log"
        where = REPOSITORY if self.user is None else Path("/")
        return start(self.name, self.argv, log=log, env=self.env, cwd=where, append=True, user=self.user)


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
        _write_private(path, made)
    found: dict[str, str] = json.loads(path.read_text())
    if later := [name for name in ("database_password", "broker_password") if name not in found]:
        found.update((name, secrets.token_urlsafe(24)) for name in later)
        _write_private(path, found)
    return found


def _write_private(path: Path, content: Mapping[str, str]) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump(content, stream)


def remember(ports: Ports, folder: Path) -> None:
    """Keep where it listens, for a second ``make up`` and for the keeper."""
    (folder / "ports.json").write_text(json.dumps(asdict(ports)))


def remembered(folder: Path) -> Ports:
    """Where what runs now listens."""
    return Ports(**json.loads((folder / "ports.json").read_text()))


def environment(folder: Path, ports: Ports) -> dict[str, str]:
    """What the Airflow processes share."""
    made = settings_of(folder)
    passwords = folder / "passwords.json"
    _write_private(passwords, {USER: made["password"]})
    return airflow_environment(
        folder / "airflow",
        sora_url=f"http://{LOOPBACK}:{ports.video_server}/v1",
        storage_url=f"http://{LOOPBACK}:{ports.bucket}",
        more={
            "AIRFLOW__API__BASE_URL": ports.page,
            "AIRFLOW__API__HOST": LOOPBACK,
            "AIRFLOW__API__PORT": str(ports.airflow),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": made["secret_key"],
            "AIRFLOW__API_AUTH__JWT_SECRET": made["jwt_secret"],
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{ports.page}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__SORA__ARCHIVES": f"gs://{BUCKET}",
            "AIRFLOW__CORE__FERNET_KEY": made["fernet_key"],
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            **database.settings_for(made["database_password"], ports.database),
            **(cluster.settings_for(made, ports.database, ports.broker) if ports.database and ports.broker else {}),
        },
    )


def servers(folder: Path, ports: Ports) -> list[Service]:
    """The database, the broker, the bundled server and the bucket."""
    found = []
    postgres, _ = database.installed(folder) if ports.database is not None else (None, "")
    if postgres is not None and ports.database is not None:
        argv = postgres.argv(folder / "postgres", ports.database)
        found.append(Service("database", tuple(argv), clean_environment(), user=postgres.user))
    if ports.broker is not None:
        argv = cluster.broker_argv(folder, ports.broker, settings_of(folder)["broker_password"])
        found.append(Service("broker", tuple(argv), clean_environment()))
    python, root = sys.executable, f"http://{LOOPBACK}:{ports.video_server}"
    video = ("--host", LOOPBACK, "--port", str(ports.video_server), "--key", KEY, "--state", str(folder / "animatic"))
    bucket = (str(ports.bucket), BUCKET, "--data", str(folder / "bucket"))
    return [
        *found,
        Service(
            "animatic",
            (python, "-m", "airflow_provider_sora.animatic", *video),
            clean_environment(),
            f"{root}/health",
        ),
        Service(
            "bucket",
            (python, "-m", "devtools.strict_gcs", *bucket),
            clean_environment(),
            f"http://{LOOPBACK}:{ports.bucket}/storage/v1/b/{BUCKET}",
        ),
    ]


def airflow(folder: Path, ports: Ports) -> list[Service]:
    """Airflow's processes, without their log servers, which would listen on every interface."""
    env = environment(folder, ports)

    def command(name: str, *words: str, healthy_at: str | None = None) -> Service:
        return Service(name, (sys.executable, "-m", "airflow", *words), env, healthy_at)

    health = f"{ports.page}/api/v2/monitor/health"
    waiting = {"triggerer": ("triggerer", "--skip-serve-logs")} if ports.broker is None else cluster.commands(folder)
    return [
        command("api-server", "api-server", "--host", LOOPBACK, "--port", str(ports.airflow), healthy_at=health),
        command("scheduler", "scheduler", "--skip-serve-logs"),
        command("dag-processor", "dag-processor"),
        *(command(name, *words) for name, words in waiting.items()),
    ]


def keeper() -> Service:
    """Starts again what dies; see :mod:`devtools.keep`."""
    return Service("keeper", (sys.executable, "-m", "devtools.keep"), clean_environment())
