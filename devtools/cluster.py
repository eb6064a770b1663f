"""What ``make up-celery`` runs beside ``make up``: a broker, Celery workers, and a second triggerer.

Redis gets a port on loopback, a password, and a file that keeps its queue, so that a broker that dies loses no task.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from devtools import database
from devtools.ports import LOOPBACK

#: What every clip's tasks import: loaded by a worker before it forks, each task spares itself that.
LOADED_ONCE = ("openai", "google.cloud.storage", "airflow_provider_sora.hooks.sora")
#: Celery workers, each with so many tasks at a time, and triggerers.
WORKERS, AT_A_TIME, TRIGGERERS = 2, 4, 2


def missing(folder: Path) -> list[str]:
    """What has to be installed first, each with how."""
    found = []
    if shutil.which("redis-server") is None:
        found.append("Redis is not installed (Debian: apt install redis-server)")
    postgres, reason = database.installed(folder)
    if postgres is None:
        found.append(reason)
    if importlib.util.find_spec("airflow.providers.celery") is None:
        found.append("Airflow's Celery provider is not installed (pip install 'airflow-provider-sora[celery]')")
    return found


def broker_argv(folder: Path, port: int, password: str) -> list[str]:
    """Redis's command; its settings go through a file, where other users' process lists do not show the password."""
    data = folder / "redis"
    data.mkdir(parents=True, exist_ok=True)
    settings = {
        "bind": LOOPBACK,
        "port": port,
        "requirepass": password,
        "dir": data,
        "appendonly": "yes",
        "save": '""',
        "daemonize": "no",
    }
    told = data / "redis.conf"
    with open(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.writelines(f"{name} {value}\n" for name, value in settings.items())
    return [shutil.which("redis-server") or "redis-server", str(told)]


def settings_for(made: Mapping[str, str], database_port: int, broker_port: int) -> dict[str, str]:
    """Airflow's settings for Celery on both."""
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "64",
        "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "64",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://:{made['broker_password']}@{LOOPBACK}:{broker_port}/0",
        # With the driver's name: bare postgresql:// asks SQLAlchemy 2.1 for another one.
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database.address(made['database_password'], database_port)}",
        "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG": json.dumps({"imports": LOADED_ONCE}),
        # As many tasks are queued as the workers have places for, and triggerers share what is deferred.
        "AIRFLOW__TRIGGERER__CAPACITY": "1000",
    }


def commands(folder: Path) -> dict[str, tuple[str, ...]]:
    """Arguments of ``airflow``, by the process's name."""
    pids = folder / "celery"
    pids.mkdir(parents=True, exist_ok=True)
    workers = {
        f"worker-{number}": (
            *("celery", "worker", "--skip-serve-logs", "--celery-hostname", f"sora-{number}@{LOOPBACK}"),
            *("--concurrency", str(AT_A_TIME), "--pid", str(pids / f"worker-{number}.pid")),
            *("--without-mingle", "--without-gossip"),
        )
        for number in range(1, WORKERS + 1)
    }
    triggerers = {
        f"triggerer-{number}": ("triggerer", "--skip-serve-logs", "--pid", str(pids / f"triggerer-{number}.pid"))
        for number in range(1, TRIGGERERS + 1)
    }
    return {**workers, **triggerers}
