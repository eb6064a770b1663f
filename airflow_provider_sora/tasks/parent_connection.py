"""Which connection a task must use when it starts from a video that another task made (pure)."""

from __future__ import annotations

from airflow_provider_sora.edge import DEFAULT_CONNECTION
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.record import VideoRecord


def connection_for(named: str | None, source: VideoRecord | None) -> str:
    """The source's own connection, else the one named, else the default.

    :raises ConfigurationError: another one than the source's is named; nothing was paid.
    """
    made_by = source.sora_conn_id if source else None
    if source and named and made_by and named != made_by:
        raise ConfigurationError(
            f"sora_conn_id={named!r} was named, but video {source.video_id} was made through {made_by!r}, and only "
            "that server knows it.",
            step="leave sora_conn_id out.",
        )
    return made_by or named or DEFAULT_CONNECTION


def check_same_server(source: VideoRecord | None, base_url: str) -> None:
    """Refuse to ask one server for a video that another one made.

    :raises ConfigurationError: the connection was pointed elsewhere since; nothing was paid.
    """
    if source and source.base_url and source.base_url != base_url:
        raise ConfigurationError(
            f"Video {source.video_id} was made on {source.base_url}, but its connection now points at {base_url}, "
            "which does not know it.",
            step="make the video anew there, or point the connection back.",
        )
