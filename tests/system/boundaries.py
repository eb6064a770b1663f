"""Kills at exact places inside a task, by wrapping the provider's functions from outside.

A run's conf names the place and the victim: ``{"boundary": "after_post", "who": "task"}``. ``task`` is the task's own
process, ``supervisor`` the one that started it and speaks to Airflow for it: the task is then an orphan that goes on
as long as it can. ``hold`` stops there until the test says go on. Each run is struck once: the marker file that says
so outlives the process, and holds its id.
"""

from __future__ import annotations

import functools
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _conf() -> dict[str, Any]:
    from airflow.sdk import get_current_context

    context = get_current_context()
    conf = dict(context["dag_run"].conf or {})
    conf["run_id"] = context["run_id"]
    if context["ti"].task_id == "beside":
        conf["boundary"] = None  # the witness lives
    return conf


def _due(conf: dict[str, Any], boundary: str) -> Path | None:
    """The marker, if this run is to be struck here and has not been yet."""
    if conf.get("boundary") != boundary:
        return None
    marker = Path(os.environ["SORA_TEST_MARKERS"]) / f"{conf['run_id']}.{boundary}"
    if marker.exists():
        return None
    # Renamed into place, so that a test that sees it can read it.
    marker.with_suffix(".new").write_text(str(os.getpid()))
    marker.with_suffix(".new").rename(marker)
    return marker


def _kill(who: str) -> None:
    os.kill(os.getppid() if who == "supervisor" else os.getpid(), signal.SIGKILL)


def strike(boundary: str) -> None:
    """Kill whom the run names, or hold it, if it asks for that here."""
    conf = _conf()
    marker = _due(conf, boundary)
    if marker is None:
        return
    if conf["who"] != "hold":
        _kill(conf["who"])
        return
    deadline = time.monotonic() + 120
    while not marker.with_name(f"{marker.name}.go").exists() and time.monotonic() < deadline:
        time.sleep(0.2)


def _wrap(owner: Any, name: str, before: str | None = None, after: str | None = None) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before:
            strike(before)
        result = original(*args, **kwargs)
        if after:
            strike(after)
        return result

    setattr(owner, name, wrapped)


def arm() -> None:
    """Wrap the provider in this process; called by the DAG file, which every task process imports."""
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.jobs.ledger import SUBMITTED, Ledger
    from airflow_provider_sora.operators.shared.submit import SoraSubmitOperator

    if getattr(Ledger, "_armed", False):
        return
    Ledger._armed = True  # type: ignore[attr-defined]
    _wrap(Ledger, "write_intent", before="before_intent", after="after_intent")
    _wrap_submit(SoraHook)
    write = Ledger.write

    def recorded(self: Ledger, entry: Any, **given: Any) -> None:
        write(self, entry, **given)
        if entry.phase == SUBMITTED:
            strike("after_record")

    Ledger.write = recorded  # type: ignore[method-assign]
    _wrap(SoraSubmitOperator, "execute_complete", before="on_resume")
    _wrap_archive()


def _wrap_submit(hook: Any) -> None:
    submit = hook.submit

    def wrapped(self: Any, submission: Any, **given: Any) -> Any:
        conf, before = _conf(), given.pop("before", None)

        def and_then() -> None:
            if before:
                before()
            if _due(conf, "inside_post"):
                # The server of this row answers late, so the kill falls between its acceptance and its answer.
                threading.Timer(2.5, _kill, (conf["who"],)).start()

        job = submit(self, submission, **given, before=and_then)
        strike("after_post")
        return job

    hook.submit = wrapped


def _wrap_archive() -> None:
    from airflow_provider_sora.archive import archiver
    from airflow_provider_sora.archive.copying.read_ahead import ReadAhead
    from airflow_provider_sora.archive.copying.reader import ContentReader

    _wrap(ContentReader, "_take", after="during_download")
    # The store has asked for bytes and has not sent them yet.
    _wrap(ReadAhead, "read", after="during_upload")
    _wrap(archiver, "archive_video", after="after_upload")
