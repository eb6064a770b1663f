"""Airflow's REST API in the name of the person whose token ``AIRFLOW_API_TOKEN`` holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ConfigurationError,
    ServerFaultError,
    ServerUnreachableError,
)

if TYPE_CHECKING:
    from httpx import Client

#: Holds the token of the person who asks or answers; an argument would stand in everybody's process list.
TOKEN = "AIRFLOW_API_TOKEN"
_PAGE = 100


class AirflowApi:
    """A few calls, and what their refusals mean.

    :param undone: the sentence about what was not done, such as "Nothing was decided."
    """

    def __init__(self, http: Client, undone: str) -> None:
        self._http = http
        self._undone = undone

    def call(self, method: str, path: str, *, known: tuple[int, ...] = (), **more: Any) -> Any:
        """The answer's JSON; of a status among ``known`` that status, an int.

        :raises SoraError: no answer, or a refusal, in words.
        """
        from httpx import HTTPError

        try:
            answer = self._http.request(method, path, **more)
        except HTTPError as error:
            raise ServerUnreachableError(
                f"Airflow's API server did not answer: {type(error).__name__}. What it did is not known. Look again, "
                "or name the server with --api."
            ) from None
        if answer.status_code in known:
            return answer.status_code
        said = f"Airflow says {answer.status_code}: {answer.text[:300]}"
        if answer.status_code in (401, 403):
            raise AuthenticationFailedError(f"{said} {self._undone} See {TOKEN}.")
        if answer.status_code in (400, 404, 405, 422):
            raise ConfigurationError(f"{said} {self._undone}")
        if answer.status_code != 200:
            raise ServerFaultError(f"{said} Look again.")
        return answer.json()

    def all(self, path: str, key: str, most: int = 10_000, **asked: Any) -> Iterator[dict[str, Any]]:
        """Every entry of a paged answer, up to ``most``."""
        for offset in range(0, most, _PAGE):
            page = self.call("GET", path, params={**asked, "limit": _PAGE, "offset": offset})[key]
            yield from page
            if len(page) < _PAGE:
                return


@contextmanager
def airflow_api(address: str | None, undone: str) -> Iterator[AirflowApi]:
    """The API of the Airflow at ``address``, or of ``[api] base_url``.

    :raises ConfigurationError: no address, or no token.
    """
    from httpx import Client

    headers = {"authorization": f"Bearer {_token(undone)}"}
    with Client(base_url=f"{_root(address)}/api/v2", headers=headers, trust_env=False, timeout=60) as http:
        yield AirflowApi(http, undone)


def path_of(task: str) -> tuple[str, str]:
    """``DAG/RUN/TASK/INDEX`` as the path of its task instance, and the map index.

    :raises ConfigurationError: it is not of that form.
    """
    # A run's id may hold anything but a slash; so may the others.
    parts = task.split("/")
    if len(parts) != 4:
        raise ConfigurationError(f"{task!r} is no task instance: DAG/RUN/TASK/INDEX, as the list shows it.")
    dag_id, run_id, task_id, index = (quote(part, safe="") for part in parts)
    return f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}", index


def named(ti: dict[str, Any]) -> str:
    """A task instance as :func:`path_of` reads it."""
    return f"{ti['dag_id']}/{ti['dag_run_id']}/{ti['task_id']}/{ti['map_index']}"


def _root(address: str | None) -> str:
    from airflow.configuration import conf

    root = address or conf.get("api", "base_url", fallback="")
    if not root:
        raise ConfigurationError("Which Airflow? Set [api] base_url, or name it with --api. Nothing was asked.")
    return str(root).rstrip("/")


def _token(undone: str) -> str:
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise ConfigurationError(
            f"{TOKEN} is not set: this is done in somebody's name. Get that person's token from Airflow's "
            f"/auth/token and put it there. {undone}"
        )
    return token
