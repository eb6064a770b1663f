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
    VideoExpiredError,
)
from airflow_provider_sora.protocol.answers import Call, NoAnswer, answer_error, no_answer_error
from airflow_provider_sora.protocol.content import ContentStream
from airflow_provider_sora.protocol.content_state import gone_or_not_ready
from airflow_provider_sora.protocol.envelope import Answer, read_error, read_json, redact
from airflow_provider_sora.protocol.http_content import (
    HttpContent,
    extent,
    inline_content,
    judged,
    past_the_end,
)
from airflow_provider_sora.protocol.job import VideoJob, parse_job
from airflow_provider_sora.protocol.session import VideosSession
from airflow_provider_sora.protocol.transport import Meter, Outgoing, bare_url, lower_headers, same_origin
from airflow_provider_sora.protocol.wire import id_in_path

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_JSON = 1 << 29


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
    """Open content; see :class:`~airflow_provider_sora.protocol.content.ContentSource` for what it raises.

    :param made_here: the job as its create call returned it, where this process made it: some servers hand
        the video out in that answer only.
    """
    dialect = session.dialect
    variant = None if variant == "video" else variant
    if variant is not None and variant not in dialect.calls:
        raise UnsupportedByServerError(
            f"This server, {dialect.label}, makes no {variant}. The video itself is not affected. "
            "Next: let the still be made from the MP4.",
            video_id=video_id,
        )
    call = session.call(f"downloading the {variant or 'video'}", video_id)
    reader = _Reader(session, call, variant, offset, etag)
    if dialect.keeps_content_only_in_create:
        yield from reader.of_job(_kept(made_here, call))
    elif dialect.content == "job-url" and variant is None:
        yield from reader.of_job(session.get_video(video_id))
    else:
        yield from reader.of_endpoint(video_id)


def _kept(made_here: VideoJob | None, call: Call) -> VideoJob:
    if made_here is None:
        raise VideoExpiredError(
            f"{call.server} hands a video out in the answer to create only, and that answer is gone. "
            "The video was made and probably billed. Next: give the create operator a destination, which archives "
            "the video in the same task.",
            video_id=call.video_id,
        )
    return made_here


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
            raise gone_or_not_ready(job, self.call)

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
        if status >= 300:
            yield from self._refused(Answer(status, headers, response.content, bare_url(response.url)), depth)
            return
        pieces = self.session.client.pieces(response)
        head = self._first(pieces)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if self._is_text(kind, head):
            body = self._whole(head, pieces)
            yield from self._text(Answer(status, headers, body, bare_url(response.url)), depth)
            return
        if self.variant and (kind.startswith("video/") or head[4:8] == b"ftyp"):
            raise UnsupportedByServerError(
                f"This server, {self.session.dialect.label}, sends the whole video when a {self.variant} is asked for. "
                "The video itself is not affected. Next: let the still be made from the MP4.",
                video_id=self.call.video_id,
            )
        start, length, total = extent(status, headers)
        yield HttpContent(kind or None, start, length, total, headers.get("etag"), head, pieces, self.call)

    def _first(self, pieces: Iterator[bytes]) -> bytes:
        head = b""
        try:
            for piece in pieces:
                head += piece
                if len(head) >= 16:
                    break
        except NoAnswer as failure:
            raise no_answer_error(failure, self.call) from failure
        return head

    def _is_text(self, kind: str, head: bytes) -> bool:
        """JSON or a page where bytes belong: by its name, or by its first sign where the name lies."""
        if kind in ("application/json", "text/html") or kind.endswith("+json"):
            return True
        if self.offset:
            return False
        return head.lstrip()[:1] in (b"{", b"<") and head[4:8] != b"ftyp"

    def _whole(self, head: bytes, pieces: Iterator[bytes]) -> bytes:
        meter = Meter(_MAX_JSON, self.session.settings.timeout)
        try:
            meter.add(head)
            for piece in pieces:
                meter.add(piece)
        except NoAnswer as failure:
            raise no_answer_error(failure, self.call) from failure
        return meter.body()

    def _text(self, answer: Answer, depth: int) -> Iterator[ContentStream]:
        """JSON with status 200: an address, the bytes as base64, or an error in disguise."""
        found = read_json(answer.body)
        if isinstance(found, str):
            found = {"url": found}
        if isinstance(found, Mapping) and depth < 2 and self.variant is None:
            inner = found.get("data")
            for place in (found, inner if isinstance(inner, Mapping) else {}):
                job = parse_job({**place, "id": "content"})
                if job.inline_content is not None:
                    yield inline_content(self.call, self.offset, job.inline_content)
                    return
                if job.content_url is not None:
                    yield from self.of_url(job.content_url, depth + 1)
                    return
        said = redact(read_error(answer.body).message, self.call.secrets)
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
        if answer.status in (400, 404, 409, 410, 422) and self.variant is None and depth == 0:
            job = self._job()
            if job is not None and job.content_url is not None:
                yield from self.of_url(job.content_url, depth + 1)
                return
            said = re.search(r"https?://[^\s\"'<>\\]+", read_error(answer.body).message)
            if answer.status == 400 and said:
                yield from self.of_url(said[0].rstrip(".,;)"), depth + 1)
                return
            if job is not None:
                raise gone_or_not_ready(job, self.call)
        error = answer_error(answer, self.call)
        given = depth or not same_origin(answer.url, self.session.settings.base_url)
        if given and answer.status in (401, 403, 404, 410):
            # The address came from the server, a redirect's too; being refused there says nothing about our key.
            raise VideoExpiredError(
                f"The address of the video answered HTTP {answer.status}: it has expired or needs rights we lack. "
                "The video was made and probably billed. Next: ask the server again while the address is fresh.",
                video_id=self.call.video_id,
                status_code=answer.status,
            ) from error
        if self.variant and isinstance(error, SoraError) and answer.status in (400, 404, 422):
            raise UnsupportedByServerError(
                f"{error.message} The video itself is not affected; let the still be made from the MP4.",
                video_id=self.call.video_id,
                status_code=answer.status,
            ) from error
        raise error

    def _job(self) -> VideoJob | None:
        if "get" not in self.session.dialect.calls or self.call.video_id is None:
            return None
        return self.session.get_video(self.call.video_id)
