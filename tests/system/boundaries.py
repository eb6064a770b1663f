"""Kills of a task's own process at exact places, by wrapping the provider's functions from outside.

A run's conf names the place: ``{"boundary": "after_post", "who": "task"}``. Each run is killed once: the marker file
that says so outlives the process.
"""

from __future__ import annotations

import functools
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

BOUNDARIES = (
    "before_intent",
    "after_intent",
    "inside_post",
    "after_post",
    "after_record",
    "on_resume",
    "during_download",
    "during_upload",
    "after_upload",
)


def _conf() -> dict[str, Any]:
    from airflow.sdk import get_current_context

    context = get_current_context()
    conf = dict(context["dag_run"].conf or {})
    conf["run_id"] = context["run_id"]
    return conf


def strike(boundary: str) -> None:
    """Kill this process, or its supervisor, if the run asks for it here and has not been struck yet."""
    conf = _conf()
    if conf.get("boundary") != boundary:
        return
    marker = Path(os.environ["SORA_TEST_MARKERS"]) / f"{conf['run_id']}.{boundary}"
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return
    if conf.get("who") == "supervisor":
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


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
    from airflow_provider_sora.operators.submit import SoraSubmitOperator

    if getattr(Ledger, "_armed", False):
        return
    Ledger._armed = True  # type: ignore[attr-defined]
    _wrap(Ledger, "write_intent", before="before_intent", after="after_intent")
    _wrap_submit(SoraHook)
    write = Ledger.write

    def recorded(self: Ledger, entry: Any) -> None:
        write(self, entry)
        if entry.phase == SUBMITTED:
            strike("after_record")

    Ledger.write = recorded  # type: ignore[method-assign]
    _wrap(SoraSubmitOperator, "execute_complete", before="on_resume")
    _wrap_archive()


def _wrap_submit(hook: Any) -> None:
    submit = hook.submit

    def wrapped(self: Any, submission: Any, *, idempotency_key: str) -> Any:
        context = _conf()
        if context.get("boundary") == "inside_post":
            # The server of this test answers late, so the kill falls between its acceptance and its answer.
            timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGKILL))
            marker = Path(os.environ["SORA_TEST_MARKERS"]) / f"{context['run_id']}.inside_post"
            if not marker.exists():
                marker.touch()
                timer.start()
        job = submit(self, submission, idempotency_key=idempotency_key)
        strike("after_post")
        return job

    hook.submit = wrapped


def _wrap_archive() -> None:
    from airflow_provider_sora.archive import archiver
    from airflow_provider_sora.archive.reader import ContentReader

    # The reader feeds the upload, so its first block lies in the download and its last one inside the upload.
    _wrap(ContentReader, "_take", after="during_download")
    _wrap(ContentReader, "_finish", before="during_upload")
    _wrap(archiver, "archive_video", after="after_upload")
