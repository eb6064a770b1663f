"""The one line to a connection's server: its client, kept open, and what the connection says, read again in time."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from airflow_provider_sora.jobs.watching.walk import LANES
from airflow_provider_sora.protocol.asession import AsyncVideosSession
from airflow_provider_sora.protocol.http.aclient import AsyncVideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings

#: Single looks at a time, beside the list's pages.
CONNECTIONS = 16
#: Seconds for which an idle connection is kept: longer than most pauses, so that a look needs no new handshake.
KEEP = 90.0
#: The connection is read again when it is as old as this and somebody comes, in seconds; and when the server refuses
#: the key or knows a job no more, but no sooner than ``AGAIN`` seconds after the last time.
FRESH = 60.0
AGAIN = 15.0
#: Seconds after which a reading that does not end is given up.
PATIENCE = 30.0


class Line:
    """Belongs to one event loop.

    :param conn_id: the connection, read asynchronously; never in the loop's own thread.
    """

    def __init__(self, conn_id: str) -> None:
        self.conn_id = conn_id
        self.session: AsyncVideosSession | None = None
        self.moved = False
        self._read_at = 0.0
        self._clients: list[AsyncVideosClient] = []
        self._opening = asyncio.Lock()

    async def ready(self) -> AsyncVideosSession:
        """The calls over this line; the first of these reads the connection.

        :raises SoraError: the connection is missing or wrong; nothing was sent.
        """
        async with self._opening:
            return self.session or self._take(await self._settings())

    async def read_again(self, older_than: float, log: Any) -> None:
        """Read the connection anew where it was read longer ago than this, and go on with what it says now.

        A new key is taken on. Another address is another server, which knows nothing of the jobs waited for here:
        then ``moved`` is set, and who comes later needs a line of their own.
        """
        if self.session is None or time.monotonic() - self._read_at < older_than:
            return
        self._read_at = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                settings = await self._settings()
        except Exception as error:  # noqa: BLE001 - what was read before still serves
            log.warning("Connection %s was not read anew: %s", self.conn_id, str(error) or type(error).__name__)
            return
        if self.session is None:  # closed meanwhile
            return
        if settings.base_url != self.session.settings.base_url:
            self.moved = True
        elif settings != self.session.settings:
            self._take(settings)

    async def close(self) -> None:
        """Free the sockets."""
        clients, self._clients, self.session = self._clients, [], None
        for client in clients:
            await client.aclose()

    def _take(self, settings: ConnectionSettings) -> AsyncVideosSession:
        client = AsyncVideosClient(settings, keep=KEEP, connections=CONNECTIONS + LANES)
        self._clients.append(client)  # an older one may still be waiting for an answer
        self.session = AsyncVideosSession(settings, client)
        self._read_at = time.monotonic()
        return self.session

    async def _settings(self) -> ConnectionSettings:
        from airflow_provider_sora.hooks.sora import SoraHook

        return await SoraHook(self.conn_id).aload()
