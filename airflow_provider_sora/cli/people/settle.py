"""``airflow sora settle``: paid requests whose answer was lost, and a person's word on what became of them."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.cli.people.rest import AirflowApi, airflow_api, named, path_of
from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.jobs.ledger import INTENT, STATE_KEY, Entry
from airflow_provider_sora.jobs.money import say_earlier
from airflow_provider_sora.jobs.settling.by_hand import same_prompt, to_pay_again, with_job
from airflow_provider_sora.paid import knowing

#: What the server made so much before or after the request, in seconds, is shown as what may be its job.
_AROUND = 900.0
#: A task in one of these states writes its record itself, or will without a clear.
_AT_WORK = ("scheduled", "queued", "running", "restarting", "deferred", "up_for_retry", "up_for_reschedule")
_PROMPT = {True: "the same", False: "another", None: "not shown"}


@command
def settle(args: Namespace) -> int:
    """List open requests; show one; or write a person's word into its record. Exit code 0: done; 2: refused."""
    with airflow_api(args.api, "The record was left as it is.") as api:
        if not args.task:
            rows = _open_requests(api, args.days)
            title = f"{len(rows)} paid requests of the last {args.days} days have no known outcome"
            show(rows, args.output, [(title, rows)])
            return 0
        if args.job and args.again:
            raise ConfigurationError("Both --job and --again were given.", step="give the one that is so.")
        path, index = path_of(args.task)
        where = {"map_index": index}
        value = _record(api, path, where)
        if value is None:
            raise ConfigurationError(f"{args.task} has no record of a paid request: there is nothing to settle.")
        entry = _read(value)
        if not (args.job or args.again):
            facts, jobs = _facts(args.task, entry), _jobs_around(entry)
            tables = [("", [facts]), (f"{len(jobs)} jobs on {entry.base_url} from about that time", jobs)]
            show({"request": facts, "jobs": jobs}, args.output, tables)
            return 0
        with knowing(lambda: say_earlier(entry)):
            word = _word(entry, args.job, args.sure)
            _at_rest(api, f"{path}/{index}")
            if _record(api, path, where) != value:
                raise ConfigurationError("Its record is another now: the task has gone on.", step="look again.")
        # Airflow keeps when the record expires; another key of that name is not made.
        api.call("PATCH", f"{path}/state-store/{STATE_KEY}", known=(200,), params=where, json={"value": word.to_json()})
    _said(args, word)
    return 0


def _open_requests(api: AirflowApi, days: int) -> list[dict[str, Any]]:
    since = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    rows = []
    for ti in api.all("/dags/~/dagRuns/~/taskInstances", "task_instances", state="failed", start_date_gte=since):
        path, index = path_of(named(ti))
        value = _record(api, path, {"map_index": index})
        if value is not None and value.get("phase") == INTENT:
            rows.append(_facts(named(ti), _read(value)))
    return rows


def _record(api: AirflowApi, path: str, where: Mapping[str, Any]) -> Any:
    """The record as it is stored; None where there is none."""
    found = api.call("GET", f"{path}/state-store/{STATE_KEY}", known=(404,), params=where)
    return None if found == 404 else found["value"]


def _read(value: Any) -> Entry:
    try:
        return Entry.from_json(value)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"The record cannot be read ({error}): another version of this package may have written it."
        ) from None


def _at_rest(api: AirflowApi, path: str) -> None:
    state = api.call("GET", path)["state"]
    if state in _AT_WORK:
        raise ConfigurationError(f"The task is {state} and goes on by itself.", step="wait until it has ended.")


def _facts(task: str, entry: Entry) -> dict[str, Any]:
    return {
        "task": task,
        "record": entry.phase,
        "job": entry.video_id or "",
        "sent": datetime.fromtimestamp(entry.intent_at, UTC).isoformat(timespec="seconds"),
        "connection": entry.sora_conn_id,
        "server": entry.base_url,
        "paid": say_earlier(entry) or "",
    }


def _jobs_around(entry: Entry) -> list[dict[str, Any]]:
    """What the server lists from about the time of the request; nothing where it has no list."""
    from airflow_provider_sora.jobs.settling.listing import walk

    hook = _hook(entry)
    sent = entry.intent_at + (entry.clock_offset or 0.0)
    if "list" not in hook.dialect.calls:
        return []
    near = _AROUND + (entry.in_flight or 0.0)
    return [
        {
            "job": job.id,
            "status": str(job.status),
            "made": _date(job.created_at),
            "prompt": _PROMPT[same_prompt(entry, job)],
        }
        for job in walk(hook, sent - _AROUND).jobs
        if job.created_at is None or abs(job.created_at - sent) <= near
    ]


def _date(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def _hook(entry: Entry) -> Any:
    from airflow_provider_sora.hooks.sora import SoraHook

    hook = SoraHook(entry.sora_conn_id)
    if hook.base_url != entry.base_url:
        raise ConfigurationError(
            f"The request went to {entry.base_url}; the connection {entry.sora_conn_id} leads to {hook.base_url} now.",
            step="let the connection lead there until this is settled.",
        )
    return hook


def _word(entry: Entry, job_id: str | None, sure: bool) -> Entry:
    """The record with what the person said, judged by what the server shows of the job now."""
    if job_id is None:
        return to_pay_again(entry, time.time(), sure=sure)
    try:
        job = _hook(entry).get_video(job_id)
    except SoraError as error:
        raise type(error)(f"Job {job_id} could not be looked at: {error.happened}") from error
    return with_job(entry, job, sure=sure)


def _said(args: Namespace, word: Entry) -> None:
    follows = (
        f"goes on with job {word.video_id} and pays for nothing, unless the server has failed that job"
        if args.job
        else "pays for one more job"
    )
    text = f"{args.task}: written. Clear this task and what stands behind it: it {follows}."
    show({"task": args.task, "decided": word.decided, "job": word.video_id}, args.output, [(text, ())])
