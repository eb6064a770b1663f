"""Airflow's web interface as a person meets it: a real API server, and Chromium that clicks."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testbed.airflow_env import airflow_environment
from testbed.ports import LOOPBACK, free_port, wait_for
from testbed.processes import start, stopped_at_the_end
from tests.support.migrated import SHARED, copy_migrated, migrate

REPOSITORY = Path(__file__).resolve().parents[2]
USER, PASSWORD = "admin", "ui-tests"

#: Without these Chromium asks its maker's hosts for updates, many times at once.
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


def api_server_environment(home: Path, port: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What Airflow's commands and its API server need to share one private installation below ``home``."""
    (home / "dags").mkdir(parents=True, exist_ok=True)
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps({USER: PASSWORD}))
    env = airflow_environment(
        home,
        sora_url=f"http://{LOOPBACK}:1/v1",
        storage_url=f"http://{LOOPBACK}:1",
        more={
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
            "AIRFLOW__API__HOST": LOOPBACK,
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": "ui-tests-secret",
            "AIRFLOW__API_AUTH__JWT_SECRET": "ui-tests-jwt-secret-" + "x" * 48,
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "PYTHONPATH": str(REPOSITORY),
            **(more or {}),
        },
    )
    # Connections come from the form and the database here: one in the environment would hide a stored one.
    del env["AIRFLOW_CONN_SORA_DEFAULT"], env["AIRFLOW_VAR_SORA_ARCHIVE"]
    return env


def store_connection(home: Path, conn_id: str, *, conn_type: str = "sora", **fields: Any) -> None:
    """Put a connection into the database of the installation at ``home``, as ``airflow connections add`` does."""
    from airflow.models import import_all_models
    from airflow.models.connection import Connection
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    import_all_models()
    engine = create_engine(f"sqlite:///{home}/airflow.db")
    with Session(engine) as session, session.begin():
        session.add(Connection(conn_id=conn_id, conn_type=conn_type, **fields))
    engine.dispose()


@contextmanager
def api_server(home: Path, more: Mapping[str, str] | None = None, *, python: str = sys.executable) -> Iterator[str]:
    """Airflow's API server and web page over a database of its own; gives its address.

    :param more: further variables of its environment.
    :param python: of the environment in which Airflow is installed.
    """
    port = free_port()
    env = api_server_environment(home, port, more)
    on_sqlite = env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("sqlite")
    if python == sys.executable and on_sqlite and SHARED in os.environ:
        copy_migrated(home / "airflow.db")
    else:  # another Airflow, with more managers of tables; another database; or no test, but a benchmark
        migrate(env, python)
    root = f"http://{LOOPBACK}:{port}"
    with stopped_at_the_end() as children:
        children.append(start("api-server", [python, "-m", "airflow", "api-server"], log=home / "api.log", env=env))
        assert wait_for(f"{root}/api/v2/monitor/health", children[0].alive, 300), children[0].tail()
        yield root


@contextmanager
def chromium() -> Iterator[Any]:
    """Headless Chromium; each of its contexts is one person's browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        yield browser
        browser.close()


def logged_in(browser: Any, root: str, user: str, password: str, *, width: int = 1280, height: int = 1000) -> Any:
    """A page of somebody who has just logged in to the Airflow at ``root``, in a context of their own."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(60_000)
    page.goto(root)
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Browse").wait_for()
    return page


@contextmanager
def browser_page(root: str, *, width: int = 1280, height: int = 1000) -> Iterator[Any]:
    """A page of headless Chromium, logged in to the Airflow at ``root``."""
    with chromium() as browser:
        yield logged_in(browser, root, USER, PASSWORD, width=width, height=height)
