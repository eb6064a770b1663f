"""The async client: one request, one answer, and nothing that blocks its loop. Nothing is retried here."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urljoin

from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.protocol.http.bounds import MAX_PAGE, Meter, bound_error, seconds_for
from airflow_provider_sora.protocol.http.call import NoAnswer
from airflow_provider_sora.protocol.http.client import REDIRECTS
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.pace import Clock, Pace
from airflow_provider_sora.protocol.http.proxy import building_client, proxies
from airflow_provider_sora.protocol.http.reading.envelope import Answer
from airflow_provider_sora.protocol.http.transport import (
    CONNECT_TIMEOUT,
    PLACEHOLDER_KEY,
    Outgoing,
    failure,
    final_headers,
    http_library,
    lower_headers,
    same_origin,
    sending,
    tls,
)

#: Seconds an idle connection is kept: shorter than servers commonly do (uvicorn: 5 s), so that none closes under a
#: request.
KEEP = 4.0


class AsyncVideosClient:
    """Sends single requests to one server. Belongs to one event loop; make one per use and close it.

    :param keep: seconds for which an idle connection is kept. Where that is longer than servers commonly keep theirs,
        a GET that finds its connection closed is sent once more.
    :param connections: at most so many at a time.
    """

    def __init__(self, settings: ConnectionSettings, *, keep: float = KEEP, connections: int = 1000) -> None:
        self.settings = settings
        self._keep = keep
        self._connections = connections
        self.clock = Clock()
        self._library: Any = None
        self._http: Any = None
        self._sdk: Any = None

    async def send(self, outgoing: Outgoing) -> Answer:
        """One request, its whole answer of any status.

        :raises NoAnswer: no connection, or no whole answer.
        """
        sdk = await self._ready()
        seconds = seconds_for(outgoing.timeout or self.settings.timeout)
        try:
            # The library's own timeout is for each read: one byte a second would never end.
            async with asyncio.timeout(seconds):
                return await self._whole(sdk, outgoing, seconds)
        except TimeoutError as error:
            raise NoAnswer(f"it did not end its answer within {seconds:.0f} s", connected=True) from error

    async def _whole(self, sdk: Any, outgoing: Outgoing, seconds: float) -> Answer:
        response = await self._send(sdk, outgoing)
        try:
            self.clock.read(lower_headers(response.headers))
            meter = Meter(outgoing.limit, seconds)
            try:
                async for piece in response.aiter_bytes():
                    meter.add(piece)
            except (self._library.HTTPError, self._library.StreamError) as error:
                raise failure(error, self._library) from error
            return Answer(
                response.status_code, lower_headers(response.headers), meter.body(), shown(str(response.request.url))
            )
        finally:
            await response.aclose()

    async def get(self, path: str, limit: int = MAX_PAGE) -> Answer:
        """A GET at the connection's pace, following redirects only within the same scheme, host and port."""
        delay = Pace.reserve(self.settings)
        if delay > 0:
            await asyncio.sleep(seconds_for(delay))
        try:
            answer = await self.send(Outgoing("GET", path, limit=limit))
        except NoAnswer as lost:
            if self._keep <= KEEP or not self._closed_meanwhile(lost):
                raise
            answer = await self.send(Outgoing("GET", path, limit=limit))
        for _ in range(3):
            target = urljoin(answer.url, answer.headers.get("location", ""))
            if answer.status not in REDIRECTS or not same_origin(target, self.settings.base_url):
                break
            answer = await self.send(Outgoing("GET", target, limit=limit))
        return answer

    def _closed_meanwhile(self, lost: NoAnswer) -> bool:
        """Whether a kept connection was closed by the server just as it was used again."""
        causes: list[BaseException] = [lost]
        while (cause := causes[-1].__cause__) is not None:
            causes.append(cause)
        kinds = (self._library.RemoteProtocolError, self._library.ReadError, self._library.WriteError)
        return any(isinstance(cause, kinds) for cause in causes)

    async def _send(self, sdk: Any, outgoing: Outgoing) -> Any:
        import openai

        options: dict[str, Any] = {"headers": {"Content-Type": "application/octet-stream"}}
        verb = {"GET": sdk.get, "POST": sdk.post, "DELETE": sdk.delete}[outgoing.method]
        stream = {} if outgoing.method == "DELETE" else {"stream": True, "stream_cls": openai.AsyncStream[Any]}
        try:
            with sending(outgoing):
                return await verb(outgoing.url, cast_to=self._library.Response, options=options, **stream)
        except openai.APIStatusError as error:  # any status that is not 2xx
            return error.response
        except (openai.OpenAIError, self._library.HTTPError, self._library.InvalidURL) as error:
            raise failure(error, self._library) from error

    async def aclose(self) -> None:
        """Free the sockets."""
        if self._http is not None:
            await self._http.aclose()
        self._http = self._sdk = None

    async def _ready(self) -> Any:
        if self._sdk is None:
            # Importing the SDK and reading certificates takes up to a second: not on the loop.
            await asyncio.to_thread(self._build)
        return self._sdk

    def _build(self) -> None:
        import openai

        self._library = http_library()
        timeout = openai.Timeout(self.settings.timeout, connect=CONNECT_TIMEOUT)
        with building_client(self.settings):
            self._http = openai.DefaultAsyncHttpxClient(
                verify=tls(self.settings),
                timeout=timeout,
                follow_redirects=False,
                limits=self._library.Limits(
                    max_connections=self._connections,
                    max_keepalive_connections=min(self._connections, 100),
                    keepalive_expiry=self._keep,
                ),
                event_hooks={"request": [self._write_headers], "response": [self._bound_errors]},
                **proxies(self.settings),
            )
        self._sdk = openai.AsyncOpenAI(
            api_key=PLACEHOLDER_KEY,
            organization="",
            project="",
            webhook_secret="",
            base_url=self.settings.base_url,
            timeout=timeout,
            max_retries=0,
            http_client=self._http,
        )

    async def _write_headers(self, request: Any) -> None:
        host = request.url.netloc.decode("ascii")
        request.headers = self._library.Headers(final_headers(self.settings, host))

    async def _bound_errors(self, response: Any) -> None:
        if response.status_code >= 300:
            bound_error(self._library, response, seconds_for(self.settings.timeout), asynchronous=True)
