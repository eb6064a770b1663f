"""Opening the bytes of a finished video, in whichever of its many ways a server hands them out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from airflow_provider_sora.exceptions import (
    ContentError,
    SoraError,
    UnsupportedByServerError,
)
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.protocol.answers.errors import Call, NoAnswer, answer_error, no_answer_error
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob, parse_job
from airflow_provider_sora.protocol.content.heads import first_bytes, is_text, whole_text
from airflow_provider_sora.protocol.content.http import (
    HttpContent,
    extent,
    inline_content,
    judged,
    past_the_end,
)
from airflow_provider_sora.protocol.content.source import ContentStream
from airflow_provider_sora.protocol.content.state import (
    NOT_YET_PAUSE,
    address_refused,
    gone_or_not_ready,
    kept_from_create,
)
from airflow_provider_sora.protocol.http.reading.envelope import Answer, raw_error, read_error, read_json
from airflow_provider_sora.protocol.http.transport import Outgoing, lower_headers, same_origin
from airflow_provider_sora.protocol.session import VideosSession
from airflow_provider_sora.protocol.wire import id_in_path

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Answers of a job whose content may come later, or lie elsewhere; and of a server that has no such call.
_EARLY, _NO_CALL = (400, 403, 404, 409, 410, 422, 425), (405, 501)


@contextmanager
def open_content(
    session: VideosSession,
    video_id: str,
    *,
    variant: str | None = None,
    offset: int = 0,
    etag: str | None = None,
    made_here: VideoJob | None = None,
) -> Iterator[ContentStream]:
    """Open content; see :class:`~airflow_provider_sora.protocol.content.source.ContentSource` for what it raises.

    :param made_here: the job as its create call returned it, where this process made it: some servers hand
        the video out in that answer only.
    """
    dialect = session.dialect
    variant = None if variant == "video" else variant
    if variant is not None and variant not in dialect.calls:
        raise UnsupportedByServerError(
            f"This server, {dialect.label}, makes no {variant}. The video itself is not affected.",
            step="let the still be made from the MP4.",
            video_id=video_id,
        )
    call = session.call(f"downloading the {variant or 'video'}", video_id)
    reader = _Reader(session, call, variant, offset, etag)
    if dialect.keeps_content_only_in_create:
        yield from reader.of_job(kept_from_create(made_here, call))
    elif dialect.content == "job-url" and variant is None:
        yield from reader.of_job(session.get_video(video_id))
    else:
        yield from reader.of_endpoint(video_id)


class _Reader:
    def __init__(self, session: VideosSession, call: Call, variant: str | None, offset: int, etag: str | None) -> None:
        self.session = session
        self.call = call
        self.variant = variant
        self.offset = offset
        self.etag = etag

    def of_endpoint(self, video_id: str) -> Iterator[ContentStream]:
        path = f"/videos/{id_in_path(video_id)}/content"
        yield from self.of_url(f"{path}?variant={self.variant}" if self.variant else path, 0)

    def of_job(self, job: VideoJob) -> Iterator[ContentStream]:
        if job.inline_content is not None:
            yield inline_content(self.call, self.offset, job.inline_content)
        elif job.content_url is not None:
            yield from self.of_url(job.content_url, 0)
        else:
            raise self._absent(job)

    def of_url(self, url: str, depth: int) -> Iterator[ContentStream]:
        if url.startswith("data:"):
            yield inline_content(self.call, self.offset, url.partition(",")[2])
            return
        for _ in range(5):
            whole = url if "://" in url else self.session.settings.base_url + url
            with self._open(whole) as response:
                if response.status_code in _REDIRECTS and response.headers.get("location"):
                    url = urljoin(whole, response.headers["location"])
                    continue
                yield from self._answered(response, depth)
                return
        raise ContentError(f"{self.call.server} redirects in circles. The video was left as it is.")

    def _open(self, url: str) -> Any:
        headers = {}
        if self.offset:
            headers["Range"] = f"bytes={self.offset}-"
            if self.etag and not self.etag.startswith("W/"):
                headers["If-Range"] = self.etag
        settings = self.session.settings
        addresses: list[str | None] = [*judged(url, settings, self.call)] or [None]
        with_key = same_origin(url, settings.base_url)
        return self._catching([Outgoing("GET", url, headers, with_key=with_key, address=ip) for ip in addresses])

    @contextmanager
    def _catching(self, ways: list[Outgoing]) -> Iterator[Any]:
        """The answer to the first of these requests whose host can be reached."""
        for left, way in enumerate(ways, 1 - len(ways)):
            opening = self.session.client.open(way)
            try:
                response = opening.__enter__()
                break
            except NoAnswer as failure:
                if failure.connected or not left:
                    raise no_answer_error(failure, self.call) from failure
        try:
            yield response
        finally:
            opening.__exit__(None, None, None)

    def _answered(self, response: Any, depth: int) -> Iterator[ContentStream]:
        headers = lower_headers(response.headers)
        status = response.status_code
        if status == 416:
            yield past_the_end(self.call, self.offset, headers)
            return
        if status == 202:
            raise gone_or_not_ready(self._job() or VideoJob(self.call.video_id or "", JobStatus.QUEUED), self.call, 202)
        if status >= 300:
            yield from self._refused(Answer(status, headers, response.content, shown(str(response.url))), depth)
            return
        pieces = self.session.client.pieces(response)
        head = first_bytes(pieces, self.call)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if is_text(kind, head, self.offset):
            body = whole_text(head, pieces, self.session.settings.timeout, self.call)
            yield from self._text(Answer(status, headers, body, shown(str(response.url))), depth)
            return
        if self.variant and (kind.startswith("video/") or head[4:8] == b"ftyp"):
            raise UnsupportedByServerError(
                f"This server, {self.session.dialect.label}, sends the whole video when a {self.variant} is asked for. "
                "The video itself is not affected.",
                step="let the still be made from the MP4.",
                video_id=self.call.video_id,
            )
        start, length, total = extent(status, headers)
        yield HttpContent(kind or None, start, length, total, headers.get("etag"), head, pieces, self.call)

    def _text(self, answer: Answer, depth: int) -> Iterator[ContentStream]:
        """JSON with status 200: an address, the bytes as base64, or an error in disguise."""
        found = read_json(answer.body)
        if isinstance(found, str):
            found = {"url": found}
        if isinstance(found, Mapping) and depth < 2 and self.variant is None:
            inner = found.get("data")
            for place in (found, inner if isinstance(inner, Mapping) else {}):
                job = parse_job({**place, "id": "content"}, content_at=self.session.dialect.content_at)
                if job.inline_content is not None:
                    yield inline_content(self.call, self.offset, job.inline_content)
                    return
                if job.content_url is not None:
                    yield from self.of_url(job.content_url, depth + 1)
                    return
        said = read_error(answer.body, self.call.secrets).message
        shape = "JSON" if found is not None else "a page of text"
        raise ContentError(
            f"{self.call.server} sent {shape} instead of the {self.variant or 'video'}"
            + (f": {said[:300]}" if said else "")
            + ". Nothing was stored; the video was left as it is. Next: try again, or look at the server.",
            video_id=self.call.video_id,
            status_code=answer.status,
        )

    def _refused(self, answer: Answer, depth: int) -> Iterator[ContentStream]:
        """An error status. SGLang puts the address of an uploaded video into a 400; others are early or late."""
        elsewhere = not same_origin(answer.url, self.session.settings.base_url)
        early = answer.status in (*_EARLY, *_NO_CALL) and not (elsewhere and answer.status == 403)
        if early and self.variant is None and depth == 0:
            job = self._job()
            if job is not None and job.content_url is not None:
                yield from self.of_url(job.content_url, depth + 1)
                return
            said = re.search(r"https?://[^\s\"'<>\\]+", raw_error(answer.body).message)
            if answer.status == 400 and said:
                yield from self.of_url(said[0].rstrip(".,;)"), depth + 1)
                return
            refused = answer.status in _NO_CALL or (answer.status == 403 and job and not job.status.is_final)
            if job is not None and not refused:
                raise self._absent(job, answer)
        error = answer_error(answer, self.call)
        if (depth or elsewhere) and answer.status in (400, 401, 403, 404, 410):
            raise address_refused(self.call, answer.status) from error
        if answer.status == 502 and not self.offset and error.retry_after is None:
            error.retry_after = NOT_YET_PAUSE  # gateways answer so while a finished video is still on its way to them
        if self.variant and isinstance(error, SoraError) and answer.status in (400, 404, 422):
            raise UnsupportedByServerError(
                f"{error.message} The video itself is not affected; let the still be made from the MP4.",
                video_id=self.call.video_id,
                status_code=answer.status,
            ) from error
        raise error

    def _absent(self, job: VideoJob, answer: Answer | None = None) -> SoraError:
        return gone_or_not_ready(job, self.call, answer.status if answer else None, was_there=self.offset > 0)

    def _job(self) -> VideoJob | None:
        if "get" not in self.session.dialect.calls or self.call.video_id is None:
            return None
        return self.session.get_video(self.call.video_id)
