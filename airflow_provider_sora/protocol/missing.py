"""Calls that a server turned out not to have, though its dialect lets one hope for them.

What is learnt lives in this process only, for :data:`LIFE` seconds, by base URL. Two things carry it further: the
paying task's own record (a later try knows what the first one learnt) and the result of a DAG's ``check`` task. It is
forgotten by :func:`forget`, by the end of the process, or by its life; nothing is kept elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import SoraError, UnsupportedByServerError
from airflow_provider_sora.protocol.answers.errors import Call, NoAnswer
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.protocol.http.reading.envelope import Answer, is_job, read_error
from airflow_provider_sora.protocol.submission import Submission, SubmitKind

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.http.client import VideosClient
    from airflow_provider_sora.protocol.servers.dialect import Dialect

#: Seconds for which a missing call is remembered: long enough for a run, short enough for an upgraded server.
LIFE = 1800.0
_NO_SUCH_CALL = (404, 405, 501)
#: An id that no server can hold and that LiteLLM refuses by itself: one that it cannot read goes to api.openai.com.
PROBE_ID = "video_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOmFpcmZsb3c7bW9kZWxfaWQ6O3ZpZGVvX2lkOnByb2Jl"

_known: dict[tuple[str, str], float] = {}
_lock = threading.Lock()


def remember(base_url: str, call: str) -> None:
    """Take down that there is no such call at ``base_url``."""
    with _lock:
        _known[base_url, call] = time.monotonic() + LIFE


def missing_at(base_url: str) -> frozenset[str]:
    """The calls that are known to be missing there."""
    now = time.monotonic()
    with _lock:
        return frozenset(call for (url, call), until in _known.items() if url == base_url and until > now)


def forget(base_url: str | None = None) -> None:
    """Forget what was learnt of one server, or of all."""
    with _lock:
        for key in [key for key in _known if base_url in (None, key[0])]:
            del _known[key]


def refuse_if_missing(
    answer: Answer,
    submission: Submission,
    call: Call,
    *,
    wanted: str,
    base_url: str,
    look: Callable[[str], VideoJob],
) -> None:
    """Tell "no such call" from "no such video" in the answer to a remix, an edit or an extension.

    405 and 501 without a job say it themselves. A 404 says it where the server gives the source, finished and not
    expired, to a GET (which costs nothing): then it cannot be the video that is not found.

    :param wanted: the ability that was asked for.
    :param look: asks for a job.
    :raises UnsupportedByServerError: there is no such call; nothing was paid, and it is remembered.
    """
    if answer.status not in _NO_SUCH_CALL or submission.kind is SubmitKind.CREATE or is_job(answer.json()):
        return
    info = read_error(answer.body)
    if answer.status == 404 and ("model" in info.code or info.param == "model"):
        return
    if answer.status == 404 and not _has(submission, look):
        return
    remember(base_url, wanted)
    how = "" if answer.status != 404 or submission.source_id is None else ", though it knows the source video"
    raise UnsupportedByServerError(
        f"{call.name[:1].upper()}{call.name[1:]} failed: {call.server} has no {wanted} call: it answered HTTP "
        f"{answer.status}{how}.",
        step="use a server that has it, or, for a remix, set variant_fallback='recreate'.",
        status_code=answer.status,
        code=info.code or None,
    )


def _has(submission: Submission, look: Callable[[str], VideoJob]) -> bool:
    if submission.source_id is None:
        return submission.model is None  # an upload: only the model could be what was not found
    try:
        job = look(submission.source_id)
    except SoraError:
        return False
    return job.status is JobStatus.COMPLETED and (job.expires_at is None or job.expires_at > time.time())


def ask_for_remix(client: VideosClient, dialect: Dialect, base_url: str) -> None:
    """Find out for nothing whether an assumed remix is there, by OPTIONS; silent where that cannot be told.

    Only a server that names POST for ``/videos`` and answers 404 for the remix of a video is known to have none.
    """
    if dialect.remix != "path" or dialect.remix_call is None:
        return
    try:
        create = client.options("/videos")
        if "POST" in create.headers.get("allow", "").upper() and create.status < 500:
            remix = client.options(f"/videos/{PROBE_ID}/remix")
            if remix.status == 404 and "POST" not in remix.headers.get("allow", "").upper():
                remember(base_url, "remix")
    except NoAnswer:
        return
