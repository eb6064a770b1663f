"""Does a Videos API answer here at all? Shown by what the server says, never by the absence of an error.

Free: three GETs at most, one of them of a path that no server has. What every path is answered with proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_sora.exceptions import AuthenticationFailedError
from airflow_provider_sora.protocol.answers.errors import Call, NoAnswer, answer_error, no_answer_error
from airflow_provider_sora.protocol.detection.detect import Detection
from airflow_provider_sora.protocol.detection.probe import PROBE_TIMEOUT
from airflow_provider_sora.protocol.http.client import REDIRECTS, VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.reading.envelope import Answer, read_error, redact
from airflow_provider_sora.protocol.missing import PROBE_ID
from airflow_provider_sora.protocol.servers.capabilities import Grade
from airflow_provider_sora.protocol.servers.dialects import LITELLM
from airflow_provider_sora.protocol.servers.fingerprints import by_headers
from airflow_provider_sora.protocol.session import call_for

_NO_ROUTE = "airflow-provider-sora-no-such-path"
_HOST_STEP = "set the connection's host to the base URL of a Videos API, which mostly ends in /v1"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether a Videos API was seen, by what, and the next step where none was.

    :param passing: nothing was seen because the server is in trouble; another look may see it.
    """

    speaks: bool
    seen: str
    step: str = ""
    passing: bool = False

    def sentence(self) -> str:
        """For people."""
        return f"{self.seen}. Next: {self.step}." if self.step else f"{self.seen}."


def look_for_videos(settings: ConnectionSettings, detection: Detection) -> Evidence:
    """Look for a sign that this server speaks the Videos API.

    :raises AuthenticationFailedError: the key was refused.
    :raises ServerUnreachableError: nothing answers there.
    :raises ServerFaultError: the server does not finish an answer.
    """
    client = VideosClient(settings)
    call = call_for(settings, detection.dialect, "looking for its videos")
    try:
        return _Look(client, settings, detection, call).evidence()
    except NoAnswer as failure:
        raise no_answer_error(failure, call) from failure
    finally:
        client.close()


class _Look:
    def __init__(self, client: VideosClient, settings: ConnectionSettings, detection: Detection, call: Call) -> None:
        self.client, self.settings, self.detection, self.call = client, settings, detection, call

    def evidence(self) -> Evidence:
        # LiteLLM's list goes to a provider's public address; its other answers tell enough.
        lists = self.detection.dialect.name != LITELLM.name and self.detection.like != LITELLM.name
        control = self.get(f"/{_NO_ROUTE}")
        answers = [self.get("/videos?limit=1")] if lists else []
        if answers and _is_list(answers[0]) and not _is_list(control):
            return Evidence(True, "It lists videos")
        if answers and _takes_post(answers[0]) and not _takes_post(control):
            return Evidence(True, "It takes POST at /videos")
        answers.append(self.get(f"/videos/{PROBE_ID}"))
        if by_headers(answers[-1]) is not None:
            return Evidence(True, "Its headers name it")
        if _tells_of_videos(answers[-1], control):
            return Evidence(True, f"It answers for single videos (HTTP {answers[-1].status} for one that is not there)")
        if self.detection.grade is Grade.RECOGNISED and not self.detection.dialect.documented_only:
            return Evidence(True, "It is recognised, though it says nothing of its videos now")
        return _absent(answers[0], self.settings)

    def get(self, path: str) -> Answer:
        answer = self.client.get(path, timeout=min(PROBE_TIMEOUT, self.settings.timeout))
        if answer.status >= 400 and _NO_ROUTE not in path:
            error = answer_error(answer, self.call)
            if isinstance(error, AuthenticationFailedError):
                raise error
        return answer


def _is_list(answer: Answer) -> bool:
    found = answer.json() if answer.status == 200 else None
    data = found.get("data") if isinstance(found, Mapping) else None
    return isinstance(data, list) and all(isinstance(entry, Mapping) for entry in data)


def _takes_post(answer: Answer) -> bool:
    return answer.status in (404, 405) and "POST" in answer.headers.get("allow", "").upper().split(", ")


def _tells_of_videos(answer: Answer, control: Answer) -> bool:
    """An error in JSON that this server does not give for just any path."""
    if not isinstance(answer.json(), Mapping) or answer.status not in (400, 404, 410, 422):
        return False
    return _said(answer) != _said(control) and any(_said(answer)[1:])


def _said(answer: Answer) -> tuple[Any, ...]:
    """What an error says, without the path and the id that some servers repeat in it."""
    info = read_error(answer.body)
    message = re.sub(rf"(/?v1)?/?(videos/)?({PROBE_ID}|{_NO_ROUTE})", "", info.message)
    return answer.status, message, info.code, info.type


def _absent(answer: Answer, settings: ConnectionSettings) -> Evidence:
    """No sign of videos: what was seen instead, and what to do."""
    where = settings.base_url
    asked = urlsplit(where + "/videos")
    came = urlsplit(answer.url or asked.geturl())
    moved = f" after a redirect to {came.path}" if came.path.rstrip("/") != asked.path.rstrip("/") else ""
    body, found = answer.body.lstrip(), answer.json()
    if answer.status >= 500 or answer.status == 429:
        seen = f"{where}/videos answers HTTP {answer.status}, so no Videos API was seen"
        return Evidence(False, seen, "look at the server, then try again", passing=True)
    if answer.status in REDIRECTS:
        target = redact(answer.headers.get("location", "nowhere"), settings.secrets())
        seen = f"{where}/videos redirects to {target}, so no Videos API was seen"
        step = "set the connection's host to where the API really is; a login page means that it stands behind one"
    elif body[:1] == b"<" or answer.content_type == "text/html":
        page = f"with a web page (HTTP {answer.status}){moved}"
        seen = f"{where}/videos answers {page}, so no Videos API was seen"
        step = f"{_HOST_STEP}; a login page means that the API stands behind one"
    elif answer.status >= 400:
        seen = f"{where} has no /videos: it answers HTTP {answer.status}{moved}, as for any other path"
        step = _HOST_STEP
    elif not body:
        seen = f"{where}/videos answers with nothing (HTTP {answer.status}){moved}, so no Videos API was seen"
        step = _HOST_STEP
    elif found is None:
        seen = f"{where}/videos answers with something that is no JSON (HTTP {answer.status}){moved}"
        step = _HOST_STEP
    elif _is_list(answer):
        seen = f"{where} answers every path with a list, so nothing says that the one at /videos is of videos"
        step = _HOST_STEP
    else:
        kind = "object" if isinstance(found, Mapping) else type(found).__name__
        seen = f"{where}/videos answers with JSON that is no list of videos (a JSON {kind}, {len(body)} bytes){moved}"
        step = _HOST_STEP
    return Evidence(False, seen, step)
