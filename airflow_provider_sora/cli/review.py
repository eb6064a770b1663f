"""``airflow sora review``: what waits for a person, and that person's answer, through Airflow's REST API."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.exceptions import (
    AuthenticationFailedError,
    ConfigurationError,
    DecisionRefusedError,
    ServerFaultError,
    ServerUnreachableError,
)
from airflow_provider_sora.review.question import APPROVE, CHANGE_IT, REJECT

#: Holds the token of the person who asks or answers; an argument would stand in everybody's process list.
TOKEN = "AIRFLOW_API_TOKEN"
_ANSWERS = {"approve": APPROVE, "reject": REJECT, "change": CHANGE_IT}
_OPERATOR = "ReviewVideoOperator"
_PAGE = 100


@command
def review(args: Namespace) -> int:
    """List the open questions; or answer one. Exit code 0: done; 2: refused, with the reason."""
    from httpx import Client

    headers = {"authorization": f"Bearer {_token()}"}
    with Client(base_url=f"{_root(args)}/api/v2", headers=headers, trust_env=False, timeout=60) as http:
        if not args.question:
            waiting = _waiting(http)
            show(waiting, args.output, [(f"{len(waiting)} clips wait for an answer", waiting)])
            return 0
        if not args.answer:
            raise ConfigurationError("An answer is missing: approve, reject or change. Nothing was decided.")
        if args.answer == "change" and not (args.words or "").strip():
            raise ConfigurationError("A change needs --words: what is to be different. Nothing was decided.")
        _answer(http, args.question, _ANSWERS[args.answer], args.words or "")
    show({"question": args.question, "answer": args.answer}, args.output, [(f"{args.question}: {args.answer}", ())])
    return 0


def _waiting(http: Any) -> list[dict[str, Any]]:
    from airflow_provider_sora.compat import waiting_states

    found: list[dict[str, Any]] = []
    offset = 0
    while True:
        asked = {"response_received": False, "state": waiting_states(), "limit": _PAGE, "offset": offset}
        page = _call(http, "GET", "/dags/~/dagRuns/~/hitlDetails", params=asked)["hitl_details"]
        found += [_row(one) for one in page if one["task_instance"].get("operator_name") == _OPERATOR]
        offset += _PAGE
        if len(page) < _PAGE:
            return found


def _row(detail: dict[str, Any]) -> dict[str, Any]:
    ti = detail["task_instance"]
    return {
        "question": f"{ti['dag_id']}/{ti['dag_run_id']}/{ti['task_id']}/{ti['map_index']}",
        "subject": "".join(c if c.isprintable() else " " for c in str(detail["subject"])),
        "since": detail.get("created_at"),
        "answers": " ".join(option.lower() for option in detail["options"]),
    }


def _answer(http: Any, question: str, option: str, words: str) -> None:
    from urllib.parse import quote

    # A run's id may hold anything but a slash; so may the others.
    parts = question.split("/")
    if len(parts) != 4:
        raise ConfigurationError(f"{question!r} is no question: DAG/RUN/TASK/INDEX, as the list shows it.")
    dag_id, run_id, task_id, index = (quote(part, safe="") for part in parts)
    path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/{index}/hitlDetails"
    _call(http, "PATCH", path, json={"chosen_options": [option], "params_input": {"words": words}})


def _call(http: Any, method: str, path: str, **more: Any) -> Any:
    from httpx import HTTPError

    try:
        answer = http.request(method, path, **more)
    except HTTPError as error:
        raise ServerUnreachableError(
            f"Airflow's API server did not answer: {type(error).__name__}. Nothing is known to be decided. Look at the "
            "list again, or name the server with --api."
        ) from None
    said = f"{answer.text[:300]}"
    if answer.status_code == 409:
        raise DecisionRefusedError(f"Somebody else was first: {said} Your answer was not taken.")
    if answer.status_code in (401, 403):
        raise AuthenticationFailedError(f"Airflow says {answer.status_code}: {said} Nothing was decided. See {TOKEN}.")
    if answer.status_code in (400, 404, 422):
        raise ConfigurationError(f"Airflow says {answer.status_code}: {said} Nothing was decided.")
    if answer.status_code != 200:
        raise ServerFaultError(f"Airflow says {answer.status_code}: {said} Look at the list again.")
    return answer.json()


def _root(args: Namespace) -> str:
    from airflow.configuration import conf

    root = args.api or conf.get("api", "base_url", fallback="")
    if not root:
        raise ConfigurationError("Which Airflow? Set [api] base_url, or name it with --api. Nothing was asked.")
    return str(root).rstrip("/")


def _token() -> str:
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise ConfigurationError(
            f"{TOKEN} is not set: the answer is given in somebody's name. Get that person's token from Airflow's "
            "/auth/token and put it there. Nothing was decided."
        )
    return token
