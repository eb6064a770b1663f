"""Files that are sent along, loaded when the task runs: a reference picture, or a video of the user's own."""

from __future__ import annotations

from airflow_provider_sora.exceptions import ContentError, InvalidRequestError
from airflow_provider_sora.protocol.submission import Reference
from airflow_provider_sora.tasks.terms import Picture


def load_picture(picture: Picture | None, size: str | None) -> Reference | None:
    """The picture, checked and fitted to ``size``, or None; raises before anything is paid."""
    if picture is None:
        return None
    from airflow_provider_sora.inputs.pictures import load_reference

    return load_reference(
        picture.source,
        size=size,
        fit=picture.fit,
        pad_color=picture.pad_color,
        allow_private_hosts=picture.allow_private_hosts,
        conn_id=picture.conn_id,
    )


#: The largest video of the user's own that is read into memory and sent, in bytes.
MAX_VIDEO_BYTES = 512 * 1024 * 1024


def load_video(source: str | None) -> bytes | None:
    """The MP4 that ``video_file`` names, checked to be whole, or None; raises before anything is paid.

    :raises InvalidRequestError: missing, too large, or no whole MP4.
    """
    if source is None:
        return None
    from airflow_provider_sora.inputs.sources.pictures import fetch
    from airflow_provider_sora.masking.addresses import shown
    from airflow_provider_sora.media.mp4 import inspect_mp4

    data = fetch(
        source, max_bytes=MAX_VIDEO_BYTES, timeout=300, conn_id=None, allow_private_hosts=False, what="video_file"
    )
    try:
        inspect_mp4(data)
    except ContentError as error:
        raise InvalidRequestError(f"video_file {shown(source)!r} is no whole MP4: {error.happened}") from error
    return data
