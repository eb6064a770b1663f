"""The calls a trigger needs, for an event loop. One method, one request; nothing is retried."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from airflow_provider_sora.exceptions import UnreadableAnswerError
from airflow_provider_sora.protocol.answers.errors import Call, NoAnswer, answer_error, no_answer_error
from airflow_provider_sora.protocol.answers.job import JobPage, VideoJob, parse_job
from airflow_provider_sora.protocol.answers.page_text import PageText
from airflow_provider_sora.protocol.answers.reading import read_listed, read_polled
from airflow_provider_sora.protocol.detection.detect import LIFE, Detection, detect
from airflow_provider_sora.protocol.http.aclient import AsyncVideosClient
from airflow_provider_sora.protocol.http.bounds import MAX_LOOK, MAX_PAGE
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.reading.envelope import Answer, is_too_deep
from airflow_provider_sora.protocol.http.transport import Outgoing
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.session import call_for, cancel_call, list_path, require
from airflow_provider_sora.protocol.wire import id_in_path


class AsyncVideosSession:
    """The calls a trigger needs, none of them paid. Sync twins: :class:`~.session.VideosSession`.

    The server's dialect is found by the first call, not before: a server that is down for a minute then looks
    like any other outage to whoever waits for a job.
    """

    def __init__(self, settings: ConnectionSettings, client: AsyncVideosClient) -> None:
        self.settings = settings
        self.client = client
        self._detection: Detection | None = None
        self._detected_at = 0.0

    @property
    def clock_offset(self) -> float | None:
        """Seconds that the server's clock is ahead of ours, from its last answer; None before any."""
        return self.client.clock.offset

    async def dialect(self) -> Dialect:
        """How this server is spoken to; see :func:`~.detection.detect.detect` for what it raises.

        A session may live for days, and another server may stand at the address by then: so it is asked anew.
        """
        if self._detection is None or time.monotonic() - self._detected_at > LIFE:
            self._detection = await asyncio.to_thread(detect, self.settings)
            self._detected_at = time.monotonic()
        return self._detection.dialect

    async def get_video(self, video_id: str) -> VideoJob:
        """Ask for a job; see :func:`~airflow_provider_sora.protocol.answers.reading.read_polled` for what it raises."""
        dialect = await self.dialect()
        require(dialect, "get")
        call = call_for(self.settings, dialect, "asking for the job", video_id)
        return read_polled(await self._get(f"/videos/{id_in_path(video_id)}", call, MAX_LOOK), call, dialect)

    async def list_videos(
        self, limit: int | None = None, after: str | None = None, order: str | None = None
    ) -> JobPage:
        """One page of the server's jobs."""
        dialect = await self.dialect()
        require(dialect, "list")
        call = call_for(self.settings, dialect, "listing the videos")
        return read_listed(await self._get(list_path(limit, after, order), call), call, dialect)

    async def list_text(
        self, limit: int | None = None, after: str | None = None, order: str | None = None
    ) -> tuple[PageText, Dialect]:
        """One page as text, to be read entry by entry by :meth:`listed`: one of megabytes would hold up the loop."""
        dialect = await self.dialect()
        require(dialect, "list")
        call = call_for(self.settings, dialect, "listing the videos")
        answer = await self._get(list_path(limit, after, order), call)
        if answer.status >= 300:
            raise answer_error(answer, call)
        return PageText(answer.body), dialect

    def listed(self, entry: object, dialect: Dialect) -> VideoJob:
        """The job in one entry of a page.

        :raises UnreadableAnswerError: it is none.
        """
        if is_too_deep(entry):
            raise UnreadableAnswerError("An entry of the server's list of videos is too deep to be read.")
        secrets = self.settings.secrets()
        return parse_job(entry, dialect.status_words, secrets=secrets, content_at=dialect.content_at)

    async def cancel_video(self, video_id: str) -> VideoJob | None:
        """Ask the server to stop a job; None when it answers that it is too late for that.

        :raises UnsupportedByServerError: this server has no cancel call; nothing was sent.
        """
        dialect = await self.dialect()
        method, path = cancel_call(dialect, video_id)
        call = call_for(self.settings, dialect, "cancelling the job", video_id)
        try:
            answer = await self.client.send(Outgoing(method, path))
        except NoAnswer as lost:
            raise no_answer_error(lost, call) from lost
        return None if answer.status == 409 else read_polled(answer, call, dialect)

    async def _get(self, path: str, call: Call, limit: int = MAX_PAGE) -> Answer:
        try:
            return await self.client.get(path, limit)
        except NoAnswer as lost:
            raise no_answer_error(lost, call) from lost


@asynccontextmanager
async def open_session(settings: ConnectionSettings) -> AsyncIterator[AsyncVideosSession]:
    """A session whose client is closed at the end."""
    client = AsyncVideosClient(settings)
    try:
        yield AsyncVideosSession(settings, client)
    finally:
        await client.aclose()
