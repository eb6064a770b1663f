"""What a person may do about a clip, as buttons: each is a request to Airflow's own REST API, with that person's login,
so that an answer given here is the same as one given in *Required Actions*, and Airflow's rules hold for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request

from airflow_provider_sora.archive import naming
from airflow_provider_sora.gallery.archives import Archive
from airflow_provider_sora.gallery.clips import Clip
from airflow_provider_sora.pages.decide_box import Act, Box
from airflow_provider_sora.plugins.browsing.page_support import airflow_of, root_of
from airflow_provider_sora.plugins.browsing.questions import Question, is_on, open_question
from airflow_provider_sora.plugins.security import may_answer, may_decide, may_start, name_of
from airflow_provider_sora.review.decisions import Trail
from airflow_provider_sora.review.question import APPROVE, CHANGE_IT, REJECT

#: The DAGs that ask about a clip and take one back; both are started in the name of whoever presses the button.
ASKS, WITHDRAWS = "video_review", "video_withdraw"
_NAMES = {APPROVE: "approve", REJECT: "reject", CHANGE_IT: "change"}


def box_of(request: Request, user: Any, home: Archive, clip: Clip, trail: Trail, say: Mapping[str, str]) -> Box | None:
    """What a user may do about a clip now; None for who may only look.

    :param home: the archive in which it lies.
    """
    question = open_question(home.destination.join(clip.folder))
    note, acts = "", tuple[Act, ...]()
    if question is not None:
        if may_answer(user, question.dag_id, question.assigned):
            note, acts = say["question_open"], _answers(request, question, say)
        elif may_decide(user, question.dag_id):
            note = say["question_of_others"]
    elif may_decide(user, clip.dag_id):
        if trail.publishable:
            acts = _run(request, user, WITHDRAWS, say, home, {"clip": _receipt(home, clip)})
        else:
            acts = _run(request, user, ASKS, say, home, {"clips": [_receipt(home, clip)]})
    if not note and not acts:
        return None
    place = f"{clip.archive}/{quote(clip.folder)}"
    return Box(note, acts, f"{root_of(request)}/api/trail/{place}", len(trail.decisions), name_of(user))


def _receipt(home: Archive, clip: Clip) -> str:
    return home.destination.join(f"{clip.folder}/{naming.FILE_NAMES[naming.RECEIPT]}")


def _answers(request: Request, question: Question, say: Mapping[str, str]) -> tuple[Act, ...]:
    ids = (question.dag_id, question.run_id, question.task_id)
    dag_id, run_id, task_id = (quote(one, safe="") for one in ids)
    address = (
        f"{airflow_of(request)}/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/{question.map_index}"
        "/hitlDetails"
    )
    # What an answer pays for is told beside it, and asked twice.
    pays = {CHANGE_IT: ("change", question.price)}
    if question.final_price:
        pays[APPROVE] = ("final", question.final_price)
    return tuple(_answer(option, address, *pays.get(option, ("", "")), say) for option in question.options)


def _answer(option: str, address: str, what: str, price: str, say: Mapping[str, str]) -> Act:
    """The button of an answer.

    :param what: it pays for, and at which ``price``; both blank where it pays for nothing.
    """
    return Act(
        _NAMES[option],
        say[f"do_{_NAMES[option]}"],
        address,
        {"chosen_options": [option], "params_input": {"words": ""}},
        method="PATCH",
        words="params_input.words",
        price=say["estimate_of"].format(price=price) if what else "",
        needs_words=option == CHANGE_IT,
        sure=say[f"sure_{what}"].format(price=price) if what else "",
        then=say[f"done_{what or _NAMES[option]}"],
    )


def _run(
    request: Request, user: Any, dag_id: str, say: Mapping[str, str], home: Archive, conf: Mapping[str, Any]
) -> tuple[Act, ...]:
    """The button that starts a run; none where there is no such DAG, it is off, or the user may not."""
    if not (may_start(user, dag_id) and is_on(dag_id)):
        return ()
    store = "gcp_conn_id" if home.destination.scheme == "gs" else "storage_conn_id"
    conf = {**conf, store: home.conn_id} if home.conn_id else conf
    name = "withdraw" if dag_id == WITHDRAWS else "ask"
    return (
        Act(
            name,
            say[f"do_{name}"],
            f"{airflow_of(request)}/api/v2/dags/{dag_id}/dagRuns",
            {"logical_date": None, "conf": conf},
            words="conf.why" if name == "withdraw" else "",
            needs_words=name == "withdraw",
            sure=say["sure_withdraw"] if name == "withdraw" else "",
            then=say[f"done_{name}"],
        ),
    )
