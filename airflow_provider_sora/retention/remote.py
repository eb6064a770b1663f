"""A server's copy of a clip that is archived: deleted by the connection that made it, and by no other."""

from __future__ import annotations

from airflow_provider_sora.exceptions import (
    ConfigurationError,
    ServerFaultError,
    UnsupportedByServerError,
    VideoNotFoundError,
)
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.retention.what import Candidate


def delete_copy(candidate: Candidate) -> str:
    """Delete the job on its server; gives one sentence on what that server did.

    :raises ConfigurationError: the connection leads to another server now.
    :raises UnsupportedByServerError: this server has no such call.
    :raises ServerFaultError: it answered, but did not say that the video is gone.
    """
    from airflow_provider_sora.hooks.sora import SoraHook

    server, video_id = candidate.receipt["server"], str(candidate.video_id)
    hook = SoraHook(str(server["sora_conn_id"]))
    if server.get("base_url") and shown(hook.base_url) != server["base_url"]:
        raise ConfigurationError(
            f"Video {video_id} was made on {server['base_url']}, but connection {server['sora_conn_id']!r} now leads "
            f"to {shown(hook.base_url)}, so nothing was deleted.",
            video_id=video_id,
        )
    if "delete" not in hook.dialect.calls:
        raise UnsupportedByServerError(f"{hook.server_name} has no call to delete a video.", video_id=video_id)
    try:
        gone = hook.delete_video(video_id)
    except VideoNotFoundError:
        return "the server knows it no longer"
    if not gone:
        raise ServerFaultError(
            f"{hook.server_name} answered, but did not say that video {video_id} is deleted.", video_id=video_id
        )
    return f"deleted by {hook.server_name}"
