"""The calls of the protocol on one server, sync. One method, one request; nothing is retried."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from airflow_provider_sora.exceptions import SoraError, UnsupportedByServerError
from airflow_provider_sora.protocol.answers.errors import Call, NoAnswer, no_answer_error
from airflow_provider_sora.protocol.answers.job import JobPage, VideoJob
from airflow_provider_sora.protocol.answers.reading import (
    read_deleted,
    read_listed,
    read_object,
    read_polled,
    read_submitted,
)
from airflow_provider_sora.protocol.http.bounds import MAX_LOOK, MAX_PAGE, MAX_PAID
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.reading.envelope import Answer
from airflow_provider_sora.protocol.http.sending.multipart import FilePart
from airflow_provider_sora.protocol.http.transport import Outgoing
from airflow_provider_sora.protocol.missing import refuse_if_missing
from airflow_provider_sora.protocol.servers.dialect import CALLS, Dialect
from airflow_provider_sora.protocol.servers.gateway import paid_headers, upstream_requests, with_count
from airflow_provider_sora.protocol.servers.litellm_ids import with_routing_of
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.protocol.wire import WireRequest, build_submit, id_in_path

#: A server that answers create only when the video is done is given this long.
HELD_CREATE_TIMEOUT = 3600.0

DOING: Mapping[SubmitKind, str] = {
    SubmitKind.CREATE: "creating the video",
    SubmitKind.REMIX: "remixing the video",
    SubmitKind.EDIT: "editing the video",
    SubmitKind.EXTEND: "extending the video",
}


def require(dialect: Dialect, call: str) -> None:
    """Refuse a call that the server does not have.

    :raises UnsupportedByServerError: nothing was sent.
    """
    if call not in dialect.calls:
        example = json.dumps({"base": dialect.name.split()[0], "calls": sorted([*dialect.calls, call])})
        raise UnsupportedByServerError(
            f"This server, {dialect.label}, does not offer {CALLS.get(call, call)}: it has no {call} call.",
            step=f"use a server that has it; if this one does, set the connection's dialect to {example}.",
        )


def call_for(
    settings: ConnectionSettings, dialect: Dialect, name: str, video_id: str | None = None, paid: bool = False
) -> Call:
    """What an error message will say was being done."""
    return Call(
        name=name,
        server=f"{dialect.label} at {settings.base_url}",
        paid=paid,
        video_id=video_id,
        has_key=settings.has_credentials,
        not_found_codes=dialect.not_found_codes,
        refusal_statuses=dialect.refusal_statuses,
        refusal_codes=dialect.refusal_codes,
        secrets=settings.secrets(),
    )


class VideosSession:
    """The calls on one server.

    :param client: the transport; may be shared by sessions of one thread.
    """

    def __init__(self, settings: ConnectionSettings, dialect: Dialect, client: VideosClient) -> None:
        self.settings = settings
        self.dialect = dialect
        self.client = client

    def submit(
        self, submission: Submission, idempotency_key: str, before: Callable[[], None] | None = None
    ) -> VideoJob:
        """Send one paid POST, exactly once.

        :param before: called last of all before it is sent; what it raises stops the request.

        :raises AmbiguousSubmitError: the outcome is unknown; a job may exist and may be billed.
        :raises ServerUnreachableError: no connection was made; nothing was paid.
        :raises SoraError: a certain refusal; nothing was paid.
        """
        request = build_submit(submission, self.dialect)
        call = self.call(DOING[submission.kind], submission.source_id, paid=True)
        timeout = None
        if self.dialect.keeps_content_only_in_create and self.settings.request_timeout is None:
            timeout = HELD_CREATE_TIMEOUT
        headers = {"Idempotency-Key": idempotency_key, **paid_headers(self.dialect, self.settings.headers)}
        answer = self._post(request, call, headers, timeout, before)
        if request.path != "/videos":
            wanted = self.dialect.remix_call if submission.kind is SubmitKind.REMIX else submission.kind.value
            refuse_if_missing(
                answer, submission, call, wanted=wanted or "", base_url=self.settings.base_url, look=self.get_video
            )
        try:
            job = read_submitted(answer, call, self.dialect)
        except SoraError as error:
            raise with_count(error, self.dialect, answer.headers) from error
        count = upstream_requests(answer.headers)
        return replace(job, id=with_routing_of(submission.source_id, job.id), upstream_requests=count)

    def get_video(self, video_id: str) -> VideoJob:
        """Ask for a job; see :func:`~airflow_provider_sora.protocol.answers.reading.read_polled` for what it raises."""
        require(self.dialect, "get")
        call = self.call("asking for the job", video_id)
        return read_polled(self._get(f"/videos/{id_in_path(video_id)}", call), call, self.dialect)

    def list_videos(self, limit: int | None = None, after: str | None = None, order: str | None = None) -> JobPage:
        """One page of the server's jobs."""
        require(self.dialect, "list")
        call = self.call("listing the videos")
        return read_listed(self._get(list_path(limit, after, order), call, MAX_PAGE), call, self.dialect)

    def cancel_video(self, video_id: str) -> VideoJob | None:
        """Ask the server to stop a job; None when it answers that it is too late for that.

        :raises UnsupportedByServerError: this server has no cancel call; nothing was sent.
        """
        method, path = cancel_call(self.dialect, video_id)
        call = self.call("cancelling the job", video_id)
        answer = self._send(Outgoing(method, path), call)
        return None if answer.status == 409 else read_polled(answer, call, self.dialect)

    def delete_video(self, video_id: str) -> bool:
        """Delete a video on the server; True when the server says it is gone."""
        require(self.dialect, "delete")
        call = self.call("deleting the video", video_id)
        return read_deleted(self._send(Outgoing("DELETE", f"/videos/{id_in_path(video_id)}"), call), call)

    def create_character(self, name: str, video: bytes, **extra: Any) -> dict[str, Any]:
        """Make a character from a video; whether that is billed is the server's affair, so it is sent once."""
        require(self.dialect, "characters")
        form = (("name", name), *((key, str(value)) for key, value in extra.items()))
        files = (FilePart("video", "character.mp4", "video/mp4", video),)
        call = self.call("creating the character", paid=True)
        request = WireRequest("POST", "/videos/characters", form=form, files=files)
        return read_object(self._post(request, call, paid_headers(self.dialect, self.settings.headers)), call)

    def get_character(self, character_id: str) -> dict[str, Any]:
        """Ask for a character."""
        require(self.dialect, "characters")
        call = self.call("asking for the character", character_id)
        return read_object(self._get(f"/videos/characters/{id_in_path(character_id)}", call), call)

    def call(self, name: str, video_id: str | None = None, paid: bool = False) -> Call:
        return call_for(self.settings, self.dialect, name, video_id, paid)

    def _get(self, path: str, call: Call, limit: int = MAX_LOOK) -> Answer:
        try:
            return self.client.get(path, limit=limit)
        except NoAnswer as failure:
            raise no_answer_error(failure, call) from failure

    def _send(self, outgoing: Outgoing, call: Call) -> Answer:
        try:
            return self.client.send(outgoing)
        except NoAnswer as failure:
            raise no_answer_error(failure, call) from failure

    def _post(
        self,
        request: WireRequest,
        call: Call,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        before: Callable[[], None] | None = None,
    ) -> Answer:
        content_type, body = request.encode()
        outgoing = Outgoing(
            request.method,
            request.path,
            headers or {},
            content_type,
            body,
            timeout,
            limit=MAX_PAID,
            paid=True,
            before=before,
        )
        return self._send(outgoing, call)


def list_path(limit: int | None, after: str | None, order: str | None) -> str:
    """Path and query of the list call."""
    query = {"limit": limit, "after": after, "order": order}
    given = {name: value for name, value in query.items() if value is not None}
    return f"/videos?{urlencode(given)}" if given else "/videos"


def cancel_call(dialect: Dialect, video_id: str) -> tuple[str, str]:
    """Method and path of the dialect's cancel call.

    :raises UnsupportedByServerError: it has none.
    """
    require(dialect, "cancel")
    if dialect.cancel is None:
        raise UnsupportedByServerError(
            f"The dialect {dialect.name!r} lists cancel among its calls but not how it is asked. Nothing was sent.",
            step='add "cancel": ["POST", "/videos/{id}/cancel"] to the connection\'s dialect.',
        )
    method, template = dialect.cancel
    return method, template.replace("{id}", id_in_path(video_id))
