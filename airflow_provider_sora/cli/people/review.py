"""``airflow sora review``: what waits for a person, and that person's answer, through Airflow's REST API."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.cli.people.rest import AirflowApi, airflow_api, named, path_of
from airflow_provider_sora.exceptions import ConfigurationError, DecisionRefusedError
from airflow_provider_sora.review.question import APPROVE, CHANGE_IT, REJECT

_ANSWERS = {"approve": APPROVE, "reject": REJECT, "change": CHANGE_IT}
_OPERATOR = "ReviewVideoOperator"


@command
def review(args: Namespace) -> int:
    """List the open questions; or answer one. Exit code 0: done; 2: refused, with the reason."""
    with airflow_api(args.api, "Nothing was decided.") as api:
        if not args.question:
            waiting = _waiting(api)
            show(waiting, args.output, [(f"{len(waiting)} clips wait for an answer", waiting)])
            return 0
        if not args.answer:
            raise ConfigurationError("An answer is missing: approve, reject or change. Nothing was decided.")
        if args.answer == "change" and not (args.words or "").strip():
            raise ConfigurationError("A change needs --words: what is to be different. Nothing was decided.")
        _answer(api, args.question, _ANSWERS[args.answer], args.words or "")
    show({"question": args.question, "answer": args.answer}, args.output, [(f"{args.question}: {args.answer}", ())])
    return 0


def _waiting(api: AirflowApi) -> list[dict[str, Any]]:
    from airflow_provider_sora.compat import waiting_states

    asked: dict[str, Any] = {"response_received": False, "state": waiting_states()}
    details = api.all("/dags/~/dagRuns/~/hitlDetails", "hitl_details", **asked)
    return [_row(one) for one in details if one["task_instance"].get("operator_name") == _OPERATOR]


def _row(detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "question": named(detail["task_instance"]),
        "subject": "".join(c if c.isprintable() else " " for c in str(detail["subject"])),
        "since": detail.get("created_at"),
        "answers": " ".join(option.lower() for option in detail["options"]),
    }


def _answer(api: AirflowApi, question: str, option: str, words: str) -> None:
    path, index = path_of(question)
    answer = {"chosen_options": [option], "params_input": {"words": words}}
    if api.call("PATCH", f"{path}/{index}/hitlDetails", known=(409,), json=answer) == 409:
        raise DecisionRefusedError("Somebody else was first. Your answer was not taken.")
