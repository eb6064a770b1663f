"""A question to a person as ``ReviewVideoOperator`` leaves it in Airflow's database, without a scheduler."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

_PUT = """
import json, sys
asked = json.loads(sys.argv[1])
from airflow.models.hitl import HITLDetail
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from sqlalchemy import select
with create_session() as session:
    for one in asked:
        task = session.scalar(select(TaskInstance).where(
            TaskInstance.dag_id == one["dag_id"], TaskInstance.run_id == one["run_id"], TaskInstance.task_id == "review"
        ))
        task.state = one["state"]
        session.add(HITLDetail(
            ti_id=task.id, subject="Publish this video?", body=one["body"], options=one["options"], params={},
            assignees=[{"id": name, "name": name} for name in one["assigned"]] or None,
        ))
"""


def body_about(place: str, price: str = "$0.40", final_price: str = "") -> str:
    """The body of a question about the clip that lies there, by the words of ``review.question``.

    :param final_price: of a draft.
    """
    from airflow_provider_sora.review.decisions import Trail
    from airflow_provider_sora.review.question import ChangeOffer, FinalOffer, Links, body
    from tests.support.receipts import receipt_of

    receipt = receipt_of(prompt=f"Lies in `{place}x` as a prompt may say")
    final = FinalOffer("sora_2, estimated at $0.01", final_price) if final_price else None
    return body(receipt, Trail(), Links(place), ChangeOffer(price, 2), final)


def put_questions(
    env: Mapping[str, str],
    runs: Sequence[str],
    body: str,
    *,
    dag_id: str = "video_review",
    options: Sequence[str] = ("Approve", "Reject", "Change"),
    assigned: Sequence[str] = (),
    state: str = "awaiting_input",
    python: str = sys.executable,
) -> None:
    """Have task ``review`` of each run wait for an answer.

    :param runs: ids of runs that Airflow has.
    """
    same = {"dag_id": dag_id, "body": body, "options": list(options), "assigned": list(assigned), "state": state}
    asked = [{**same, "run_id": run} for run in runs]
    done = subprocess.run([python, "-c", _PUT, json.dumps(asked)], env=dict(env), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
