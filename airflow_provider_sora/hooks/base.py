"""The part of the hook that knows the connection: what it says, who answers there, and the async calls."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

from airflow_provider_sora.exceptions import ConfigurationError, ServerFaultError, SoraError
from airflow_provider_sora.webhooks.delivery import mask_in

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.asession import AsyncVideosSession
    from airflow_provider_sora.protocol.detection.detect import Detection
    from airflow_provider_sora.protocol.detection.evidence import Evidence
    from airflow_provider_sora.protocol.http.connection import ConnectionSettings
    from airflow_provider_sora.protocol.servers.capabilities import Capabilities
    from airflow_provider_sora.protocol.servers.dialect import Dialect
    from airflow_provider_sora.protocol.session import VideosSession


class SoraConnectionHook(BaseHook):
    """Base of :class:`~airflow_provider_sora.hooks.sora.SoraHook`; use that one."""

    conn_name_attr = "sora_conn_id"
    default_conn_name = "sora_default"
    conn_type = "sora"
    hook_name = "Sora (Videos API)"

    def __init__(self, sora_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sora_conn_id = sora_conn_id
        self._settings: ConnectionSettings | None = None
        self._detection: Detection | None = None
        self._session: VideosSession | None = None
        #: Several threads of a task may share a hook; what it opens is opened once.
        self._opening = threading.RLock()

    # What the connection says, and who answers there

    @property
    def settings(self) -> ConnectionSettings:
        """The checked connection, read once.

        :raises ApiShutDownError: it points at OpenAI, or has no host.
        :raises ConfigurationError: a field is wrong.
        """
        with self._opening:
            if self._settings is None:
                with _found(self.sora_conn_id):
                    conn = self.get_connection(self.sora_conn_id)
                self._settings = _settings(self.sora_conn_id, conn, conn.extra_dejson)
            return self._settings

    @property
    def detection(self) -> Detection:
        """Who answers there: found once per process and server, and never by a paid call.

        :raises ServerUnreachableError: nothing answers there.
        """
        with self._opening:
            if self._detection is None:
                from airflow_provider_sora.protocol.detection.detect import detect

                self._detection = detect(self.settings)
            return self._detection

    @property
    def dialect(self) -> Dialect:
        """How this server is spoken to, less what it was found not to have; may ask it who it is."""
        from airflow_provider_sora.protocol.missing import missing_at

        return self.detection.dialect.without(missing_at(self.base_url))

    @property
    def base_url(self) -> str:
        return self.settings.base_url

    @property
    def server_name(self) -> str:
        """The server in words, with its version where it tells one."""
        return self.detection.server

    @property
    def clock_offset(self) -> float | None:
        """Seconds that the server's clock is ahead of ours, from its last answer; None before any."""
        return None if self._session is None else self._session.client.clock.offset

    def capabilities(self) -> Capabilities:
        """What the server is and can do; asks it for its models.

        :raises SoraError: no answer, or the key was refused.
        """
        from airflow_provider_sora.protocol.detection.detect import capabilities

        return capabilities(self.settings, self.detection)

    def evidence(self) -> Evidence:
        """Whether a Videos API was seen to answer at this connection, and by what. Costs nothing.

        :raises SoraError: no answer, or the key was refused.
        """
        from airflow_provider_sora.protocol.detection.evidence import look_for_videos

        return look_for_videos(self.settings, self.detection)

    def require_videos(self) -> None:
        """Refuse a server that gave no sign of a Videos API: a paid request to it has no known outcome.

        :raises ConfigurationError: what was seen instead; nothing was paid.
        :raises ServerFaultError: the server is in trouble, so that nothing can be seen now; nothing was paid.
        """
        from airflow_provider_sora.paid import said

        seen = self.evidence()
        if not seen.speaks:
            kind = ServerFaultError if seen.passing else ConfigurationError
            raise kind(f"Connection {self.sora_conn_id!r}: {seen.seen}.", cost=said(), step=f"{seen.step}.")

    def ask_for_remix(self) -> None:
        """Find out for nothing, where that can be told, whether this server has the remix that is assumed of it."""
        from airflow_provider_sora.protocol.missing import ask_for_remix

        ask_for_remix(self.get_conn().client, self.dialect, self.base_url)

    def test_connection(self) -> tuple[bool, str]:
        """For the *Test* button: which server answers and what it can do, or what is wrong. Costs nothing.

        True only where a Videos API was seen, or a make that has one.
        """
        try:
            about, seen = self.capabilities(), self.evidence()
            if not seen.speaks:
                return False, seen.sentence()
            said = f"{seen.sentence()} {about.sentence()}"
            masked = mask_in(self.settings.webhook_secret)
            return True, f"{said} But {masked}. Next: type the secret anew." if masked else said
        except SoraError as error:
            return False, error.message
        except Exception as error:  # noqa: BLE001 - the button shows nothing but the type of an exception
            return False, f"{type(error).__name__}: {error}"

    def get_conn(self) -> VideosSession:
        """The calls of the protocol on this server."""
        with self._opening:
            if self._session is None:
                from airflow_provider_sora.protocol.http.client import VideosClient
                from airflow_provider_sora.protocol.session import VideosSession

                self._session = VideosSession(self.settings, self.dialect, VideosClient(self.settings))
            return self._session

    # For triggers: nothing here blocks the event loop

    @asynccontextmanager
    async def asession(self) -> AsyncIterator[AsyncVideosSession]:
        """The calls a trigger needs, on a client of this event loop that is closed at the end."""
        from airflow_provider_sora.protocol.asession import open_session

        async with open_session(await self.aload()) as session:
            yield session

    async def aload(self) -> ConnectionSettings:
        """:attr:`settings`, read without blocking the event loop."""
        if self._settings is None:
            from airflow_provider_sora.compat import connection_and_extra

            with _found(self.sora_conn_id):
                conn, extra = await connection_and_extra(self, self.sora_conn_id)
            self._settings = _settings(self.sora_conn_id, conn, extra)
        return self._settings


@contextmanager
def _found(conn_id: str) -> Iterator[None]:
    """A connection that Airflow does not have is our error, since no retry finds it."""
    try:
        yield
    except AirflowNotFoundException as error:
        raise ConfigurationError(
            f"Airflow has no connection {conn_id!r}.",
            step=(
                "add it "
                "(Admin, Connections, type Sora; or airflow connections add), or name another one in sora_conn_id."
            ),
        ) from error


def _settings(conn_id: str, conn: Any, extra: Mapping[str, Any]) -> ConnectionSettings:
    from airflow_provider_sora.protocol.http.connection import read_connection

    # One without a type, as a JSON in the environment may be, is taken at its word.
    if conn.conn_type and conn.conn_type != SoraConnectionHook.conn_type:
        raise ConfigurationError(
            f"Connection {conn_id!r} is of type {conn.conn_type!r}, not 'sora'.",
            step="name a connection of type Sora in sora_conn_id.",
        )
    return read_connection(
        conn_id=conn_id,
        host=conn.host,
        password=conn.password,
        login=conn.login,
        port=conn.port,
        schema=conn.schema,
        extra=extra,
    )
