"""What is done to a run, step by step. A script yields while it waits, so that many runs go on side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from google.auth.credentials import AnonymousCredentials

from tests.system.rows import Row
from tests.system.site import Site

Script = Callable[[Site, Row], Iterator[None]]

STORED = ["receipt.json", "spritesheet.jpg", "thumbnail.webp", "video.mp4"]


def objects(site: Site, video_id: str) -> list[str]:
    from google.cloud import storage

    client = storage.Client(
        project="system", credentials=AnonymousCredentials(), client_options={"api_endpoint": site.bucket.url}
    )
    return sorted(blob.name.rsplit("/", 1)[1] for blob in client.list_blobs("system", prefix=f"clips/{video_id}/"))


def jobs_of(site: Site, row: Row) -> list[dict]:
    """The server's own count of what was accepted, and is billed, for this row."""
    return [job for job in site.servers[row.server].jobs() if job["prompt"] == row.prompt]


def marker_of(site: Site, row: Row) -> Path:
    return site.airflow.folder / "markers" / f"{row.run_id}.{row.boundary or 'on_resume'}"


def start(site: Site, row: Row, **conf: object) -> None:
    named = {"boundary": row.boundary, "who": row.who, **dict(row.conf), **conf}
    site.airflow.run(row.dag_id, row.run_id, named)


def ended(site: Site, row: Row) -> Iterator[None]:
    while site.airflow.run_state(row.dag_id, row.run_id) not in ("success", "failed"):
        yield


def create_is(site: Site, row: Row, *states: str, after_try: int = 0) -> Iterator[None]:
    while True:
        task = site.airflow.task(row.dag_id, row.run_id, "create")
        if task["state"] in states and task["try_number"] > after_try:
            return
        yield


def accepted(site: Site, row: Row) -> Iterator[None]:
    while not jobs_of(site, row):
        yield


def slow_job(site: Site, row: Row, seconds: float) -> None:
    """The next job of this row takes this long to render."""
    rule = {"on": "create", "action": "pace", "render_seconds": seconds, "match": f'"{row.prompt}"'}
    site.servers[row.server].fault(**rule)


def kill(site: Site, row: Row) -> Iterator[None]:
    if row.boundary == "inside_post":
        rule = {"on": "create", "action": "slow", "after_accept": True, "seconds": 5, "match": f'"{row.prompt}"'}
        site.servers[row.server].fault(**rule)
    start(site, row)
    yield from ended(site, row)
    assert marker_of(site, row).exists(), "nothing was killed"


def clear_while_deferred(site: Site, row: Row) -> Iterator[None]:
    start(site, row, first_poll_after=60)
    yield from create_is(site, row, "deferred")
    site.airflow.clear(row.dag_id, row.run_id, ["create"])
    yield from create_is(site, row, "success", after_try=1)
    yield from ended(site, row)


def clear_while_running(site: Site, row: Row) -> Iterator[None]:
    slow_job(site, row, 20)
    start(site, row)
    yield from accepted(site, row)
    site.airflow.clear(row.dag_id, row.run_id, ["create"])
    yield from create_is(site, row, "success", after_try=1)
    yield from ended(site, row)


def clear_a_failed_task(site: Site, row: Row) -> Iterator[None]:
    """Ended by a person while it waits on the worker, which Airflow does not try again."""
    slow_job(site, row, 20)
    start(site, row)
    yield from accepted(site, row)
    yield from marked_and_cleared(site, row, "failed")


def mark_while_deferred(site: Site, row: Row) -> Iterator[None]:
    start(site, row, first_poll_after=60)
    yield from create_is(site, row, "deferred")
    yield from marked_and_cleared(site, row, row.script.split()[1])


def marked_and_cleared(site: Site, row: Row, state: str) -> Iterator[None]:
    """Marked by the user, the job is left in place; a later clear takes it up again and pays for nothing."""
    site.airflow.mark(row.dag_id, row.run_id, "create", state)
    yield from ended(site, row)
    assert len(jobs_of(site, row)) == 1
    site.airflow.clear(row.dag_id, row.run_id, row.task_ids)
    yield from create_is(site, row, "success", after_try=1)
    yield from ended(site, row)


def clear_a_success(site: Site, row: Row) -> Iterator[None]:
    start(site, row)
    yield from ended(site, row)
    if row.script.endswith("whose record is gone"):
        site.airflow.forget(row.dag_id, row.run_id, "create")
    site.airflow.clear(row.dag_id, row.run_id, row.task_ids)
    yield from create_is(site, row, "success", after_try=1)
    yield from ended(site, row)


SCRIPTS: dict[str, Script] = {
    "kill": kill,
    "clear while deferred": clear_while_deferred,
    "clear while running": clear_while_running,
    "mark failed while deferred": mark_while_deferred,
    "mark success while deferred": mark_while_deferred,
    "clear a failed task": clear_a_failed_task,
    "clear a success": clear_a_success,
    "clear a success whose record is gone": clear_a_success,
    "clear a success with on_clear=new": clear_a_success,
}


def verify(site: Site, row: Row) -> dict[str, object]:
    """What must hold for every row once it has ended; returns its line of the table."""
    tasks = [site.airflow.task(row.dag_id, row.run_id, task_id) for task_id in row.task_ids]
    create = tasks[0]
    state, made = site.airflow.run_state(row.dag_id, row.run_id), jobs_of(site, row)
    stored = [objects(site, job["id"]) for job in made]
    line = {
        "server": row.server,
        "mode": row.how,
        "what happened": row.what,
        "state": "ambiguous" if row.ambiguous and state == "failed" else state,
        "paid": len(made),
        "objects": "+".join(str(len(names)) for names in stored) or "0",
        "tries": "+".join(str(task["try_number"]) for task in tasks),
    }
    with explained(site, create, line):
        assert len(made) == row.paid
        if row.ambiguous:
            assert state == "failed"
            assert "AmbiguousSubmitError" in site.airflow.log(create)
        else:
            assert state == "success"
            assert all(names == STORED for names in stored)
    return line


class explained(suppress):
    """Adds the task's log to a failed assertion."""

    def __init__(self, site: Site, task: dict, line: dict) -> None:
        super().__init__()
        self.site, self.task, self.line = site, task, line

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, AssertionError):
            raise AssertionError(f"{self.line}\n{error}\n{self.site.airflow.log(self.task)}") from error
        return False
