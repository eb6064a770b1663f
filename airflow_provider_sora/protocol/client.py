"""The sync client: one request, one answer, on the ``openai`` SDK as transport. Nothing is retried here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from airflow_provider_sora.protocol.connection import ConnectionSettings
from airflow_provider_sora.protocol.envelope import Answer
from airflow_provider_sora.protocol.pace import Clock, Pace
from airflow_provider_sora.protocol.transport import (
    MAX_ANSWER,
    PLACEHOLDER_KEY,
    Meter,
    Outgoing,
    bare_url,
    bounded_stream,
    failure,
    final_headers,
    http_library,
    lower_headers,
    same_origin,
    sending,
    tls,
)
from airflow_provider_sora.protocol.upload import CONNECT_TIMEOUT, Body

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class VideosClient:
    """Sends single requests to one server. Cheap to make; the SDK loads at the first request.

    A connection is never kept for a second request: a paid POST must not ride on one that the server may
    be closing, which would leave its outcome unknown.
    """

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self._library: Any = None
        self._http: Any = None
        self._sdk: Any = None
        #: Threads may share a client; what the first of them opens serves all.
        self._opening = threading.Lock()

    def send(self, outgoing: Outgoing) -> Answer:
        """One request, its whole answer of any status.

        :raises NoAnswer: no connection, or no whole answer.
        """
        with self.open(outgoing) as response:
            meter = Meter(MAX_ANSWER, outgoing.timeout or self.settings.timeout)
            for piece in self.pieces(response):
                meter.add(piece)
            return Answer(response.status_code, lower_headers(response.headers), meter.body(), bare_url(response.url))

    def get(self, path: str, *, with_key: bool = True, timeout: float | None = None) -> Answer:
        """A GET, following redirects only within the same scheme, host and port."""
        outgoing = Outgoing("GET", path, timeout=timeout, with_key=with_key)
        delay = Pace.reserve(self.settings)
        if delay > 0:
            time.sleep(delay)
        answer = self.send(outgoing)
        for _ in range(3):
            target = urljoin(answer.url, answer.headers.get("location", ""))
            if answer.status not in REDIRECTS or not same_origin(target, self.settings.base_url):
                break
            answer = self.send(Outgoing("GET", target, timeout=timeout, with_key=with_key))
        return answer

    @contextmanager
    def open(self, outgoing: Outgoing) -> Iterator[Any]:
        """One request, its answer still to be read: the HTTP library's own response object.

        :raises NoAnswer: no connection, or no answer.
        """
        sdk = self._ready()
        response = self._send(sdk, outgoing)
        try:
            self.clock.read(lower_headers(response.headers))
            yield response
        finally:
            response.close()

    def _send(self, sdk: Any, outgoing: Outgoing) -> Any:
        import openai

        options: dict[str, Any] = {"headers": {"Content-Type": "application/octet-stream"}}
        if outgoing.timeout is not None:
            options["timeout"] = openai.Timeout(outgoing.timeout, connect=CONNECT_TIMEOUT)
        verb = {"GET": sdk.get, "POST": sdk.post, "DELETE": sdk.delete}[outgoing.method]
        if outgoing.before is not None:
            outgoing.before()
        content = {"content": Body(outgoing.body)} if outgoing.method == "POST" and outgoing.body else {}
        stream = {} if outgoing.method == "DELETE" else {"stream": True, "stream_cls": openai.Stream[Any]}
        try:
            with sending(outgoing):
                return verb(outgoing.url, cast_to=self._library.Response, options=options, **content, **stream)
        except openai.APIStatusError as error:  # any status that is not 2xx
            return error.response
        except (openai.OpenAIError, self._library.HTTPError, self._library.InvalidURL) as error:
            raise failure(error, self._library) from error

    def pieces(self, response: Any, chunk_size: int | None = None) -> Iterator[bytes]:
        """The body as it comes; a transport's exception becomes :class:`NoAnswer`."""
        try:
            yield from response.iter_bytes(chunk_size)
        except (self._library.HTTPError, self._library.StreamError) as error:
            raise failure(error, self._library) from error

    def close(self) -> None:
        """Free the sockets; the client may be used again afterwards."""
        if self._http is not None:
            self._http.close()
        self._http = self._sdk = None

    def _ready(self) -> Any:
        with self._opening:
            if self._sdk is None:
                self._open()
            return self._sdk

    def _open(self) -> None:
        import openai

        self._library = http_library()
        timeout = openai.Timeout(self.settings.timeout, connect=CONNECT_TIMEOUT)
        self._http = openai.DefaultHttpxClient(
            verify=tls(self.settings),
            timeout=timeout,
            follow_redirects=False,
            limits=self._library.Limits(max_keepalive_connections=0),
            event_hooks={"request": [self._write_headers], "response": [self._bound_errors]},
        )
        self._sdk = openai.OpenAI(
            api_key=PLACEHOLDER_KEY,
            organization="",
            project="",
            webhook_secret="",
            base_url=self.settings.base_url,
            timeout=timeout,
            max_retries=0,
            http_client=self._http,
        )

    def _write_headers(self, request: Any) -> None:
        host = request.url.netloc.decode("ascii")
        request.headers = self._library.Headers(final_headers(self.settings, host))

    def _bound_errors(self, response: Any) -> None:
        if response.status_code >= 300:
            response.stream = bounded_stream(self._library, response.stream, self.settings.timeout)
