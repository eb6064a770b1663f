"""The sync client: one request, one answer, on the ``openai`` SDK as transport. Nothing is retried here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.protocol.http.bounds import MAX_PAGE, Alarm, Meter, bound_error, seconds_for
from airflow_provider_sora.protocol.http.call import NoAnswer
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.pace import Clock, Pace
from airflow_provider_sora.protocol.http.proxy import building_client, proxies
from airflow_provider_sora.protocol.http.reading.envelope import Answer
from airflow_provider_sora.protocol.http.sending.upload import CONNECT_TIMEOUT, Body
from airflow_provider_sora.protocol.http.transport import (
    PLACEHOLDER_KEY,
    Outgoing,
    alarm_of_this_request,
    failure,
    final_headers,
    http_library,
    lower_headers,
    pin,
    same_origin,
    sending,
    tls,
)

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
        self._ready()  # what is loaded for the first request takes seconds that are not the server's
        seconds = outgoing.timeout or self.settings.timeout
        if outgoing.paid:
            return self._whole(outgoing, seconds)
        seconds = seconds_for(seconds)
        with Alarm(seconds) as alarm:
            lost: NoAnswer | None = None
            try:
                answer = self._whole(outgoing, seconds, alarm)
            except NoAnswer as error:
                lost = error
            if alarm.rang:  # without a length, a body that we cut looks like one that ended
                raise NoAnswer(f"it did not end its answer within {seconds:.0f} s", connected=True) from lost
            if lost is not None:
                raise lost
            return answer

    def _whole(self, outgoing: Outgoing, seconds: float, alarm: Alarm | None = None) -> Answer:
        with self.open(outgoing, alarm) as response:
            meter = Meter(outgoing.limit, seconds)
            for piece in self.pieces(response):
                meter.add(piece)
            return Answer(response.status_code, lower_headers(response.headers), meter.body(), shown(str(response.url)))

    def get(self, path: str, *, with_key: bool = True, timeout: float | None = None, limit: int = MAX_PAGE) -> Answer:
        """A GET, following redirects only within the same scheme, host and port; ``limit`` is in bytes."""
        outgoing = Outgoing("GET", path, timeout=timeout, with_key=with_key, limit=limit)
        delay = Pace.reserve(self.settings)
        if delay > 0:
            time.sleep(seconds_for(delay))
        answer = self.send(outgoing)
        for _ in range(3):
            target = urljoin(answer.url, answer.headers.get("location", ""))
            if answer.status not in REDIRECTS or not same_origin(target, self.settings.base_url):
                break
            answer = self.send(Outgoing("GET", target, timeout=timeout, with_key=with_key, limit=limit))
        return answer

    def options(self, path: str) -> Answer:
        """An OPTIONS: which methods a path takes, without asking for anything.

        :raises NoAnswer: no connection, or no whole answer.
        """
        url = self.settings.base_url + path
        return self.send(Outgoing("OPTIONS", url, timeout=min(self.settings.timeout, CONNECT_TIMEOUT)))

    @contextmanager
    def open(self, outgoing: Outgoing, alarm: Alarm | None = None) -> Iterator[Any]:
        """One request, its answer still to be read: the HTTP library's own response object.

        :raises NoAnswer: no connection, or no answer.
        """
        sdk = self._ready()
        response = self._send(sdk, outgoing, alarm)
        try:
            self.clock.read(lower_headers(response.headers))
            yield response
        finally:
            response.close()

    def _send(self, sdk: Any, outgoing: Outgoing, alarm: Alarm | None) -> Any:
        import openai

        options: dict[str, Any] = {"headers": {"Content-Type": "application/octet-stream"}}
        if outgoing.timeout is not None:
            options["timeout"] = openai.Timeout(outgoing.timeout, connect=CONNECT_TIMEOUT)
        verb = {"GET": sdk.get, "POST": sdk.post, "DELETE": sdk.delete}.get(outgoing.method)
        if outgoing.before is not None:
            outgoing.before()
        content = {"content": Body(outgoing.body)} if outgoing.method == "POST" and outgoing.body else {}
        stream = {} if outgoing.method == "DELETE" else {"stream": True, "stream_cls": openai.Stream[Any]}
        try:
            with sending(outgoing, alarm):
                if verb is None:  # the SDK has no OPTIONS
                    asked = self._http.build_request(outgoing.method, outgoing.url, timeout=outgoing.timeout)
                    return self._http.send(asked, stream=True)
                return verb(outgoing.url, cast_to=self._library.Response, options=options, **content, **stream)
        except openai.APIStatusError as error:  # any status that is not 2xx
            return error.response
        except (openai.OpenAIError, self._library.HTTPError, self._library.InvalidURL) as error:
            raise failure(error, self._library) from error

    def pieces(self, response: Any) -> Iterator[bytes]:
        """The body as it comes; a transport's exception becomes :class:`NoAnswer`."""
        try:
            yield from response.iter_bytes()
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
        with building_client(self.settings):
            self._http = openai.DefaultHttpxClient(
                verify=tls(self.settings),
                timeout=timeout,
                follow_redirects=False,
                limits=self._library.Limits(max_keepalive_connections=0),
                event_hooks={"request": [self._write_headers], "response": [self._bound_errors]},
                **proxies(self.settings),
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
        pin(request)
        alarm = alarm_of_this_request()
        if alarm is not None:
            request.extensions = {**request.extensions, "trace": alarm.trace}

    def _bound_errors(self, response: Any) -> None:
        if response.status_code >= 300:
            bound_error(self._library, response, seconds_for(self.settings.timeout))
