"""The hook: an Airflow connection made into calls of the Videos API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_sora.protocol.connection import ConnectionSettings, read_connection
from airflow_provider_sora.protocol.custom import resolve_dialect
from airflow_provider_sora.protocol.dialect import Dialect
from airflow_provider_sora.protocol.dialects import ANIMATIC
from airflow_provider_sora.protocol.job import VideoJob
from airflow_provider_sora.protocol.submission import Submission, SubmitKind

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.session import VideosSession


class SoraHook(BaseHook):
    """Speak to the server of a ``sora`` connection.

    Nothing is opened, asked or imported until the first call; the hook may be made outside a task.

    :param sora_conn_id: id of the connection.
    """

    conn_name_attr = "sora_conn_id"
    default_conn_name = "sora_default"
    conn_type = "sora"
    hook_name = "Sora (Videos API)"

    def __init__(self, sora_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sora_conn_id = sora_conn_id
        self._settings: ConnectionSettings | None = None
        self._dialect: Dialect | None = None
        self._session: VideosSession | None = None

    @property
    def settings(self) -> ConnectionSettings:
        """The checked connection, read once.

        :raises ApiShutDownError: it points at OpenAI, or has no host.
        :raises ConfigurationError: a field is wrong.
        """
        if self._settings is None:
            conn = self.get_connection(self.sora_conn_id)
            self._settings = _settings(self.sora_conn_id, conn, conn.extra_dejson)
        return self._settings

    @property
    def dialect(self) -> Dialect:
        if self._dialect is None:
            self._dialect = resolve_dialect(self.settings.dialect, self.sora_conn_id) or ANIMATIC
        return self._dialect

    @property
    def base_url(self) -> str:
        return self.settings.base_url

    @property
    def server_name(self) -> str:
        """The server in words, with its version where it tells one."""
        return self.dialect.label

    @property
    def clock_offset(self) -> float | None:
        """Seconds that the server's clock is ahead of ours, from its last answer; None before any."""
        return None if self._session is None else self._session.client.clock.offset

    def get_conn(self) -> VideosSession:
        """The calls of the protocol on this server."""
        if self._session is None:
            from airflow_provider_sora.protocol.client import VideosClient
            from airflow_provider_sora.protocol.session import VideosSession

            self._session = VideosSession(self.settings, self.dialect, VideosClient(self.settings))
        return self._session

    def submit(self, submission: Submission, *, idempotency_key: str) -> VideoJob:
        return self.get_conn().submit(self._completed(submission), idempotency_key)

    def _completed(self, submission: Submission) -> Submission:
        takes_model = submission.kind is SubmitKind.CREATE
        if takes_model and submission.model is None and self.settings.default_model:
            return replace(submission, model=self.settings.default_model)
        return submission

    def get_video(self, video_id: str) -> VideoJob:
        return self.get_conn().get_video(video_id)


def _settings(conn_id: str, conn: Any, extra: Mapping[str, Any]) -> ConnectionSettings:
    return read_connection(
        conn_id=conn_id,
        host=conn.host,
        password=conn.password,
        login=conn.login,
        port=conn.port,
        schema=conn.schema,
        extra=extra,
    )
