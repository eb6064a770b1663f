"""Files that an operator sends along, loaded when the task runs: a reference picture, or a video of the user's own."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora.exceptions import ContentError, InvalidRequestError
from airflow_provider_sora.operators.arguments import as_text
from airflow_provider_sora.protocol.submission import Reference


def load_picture(operator: Any, size: str | None) -> Reference | None:
    """The operator's ``input_reference``, checked and fitted, or None; raises before anything is paid."""
    source = as_text(operator.input_reference)
    if source is None:
        return None
    from airflow_provider_sora.reference import load_reference

    return load_reference(
        source,
        size=size,
        fit=operator.reference_fit,
        pad_color=operator.pad_color,
        allow_private_hosts=operator.allow_private_hosts,
        conn_id=as_text(operator.reference_conn_id),
    )


#: The largest video of the user's own that is read into memory and sent, in bytes.
MAX_VIDEO_BYTES = 512 * 1024 * 1024


def load_video(operator: Any) -> bytes | None:
    """The MP4 that the operator's ``video_file`` names, checked to be whole, or None; raises before anything is paid.

    :raises InvalidRequestError: missing, too large, or no whole MP4.
    """
    source = as_text(operator.video_file)
    if source is None:
        return None
    from airflow_provider_sora.archive.mp4 import inspect_mp4
    from airflow_provider_sora.reference.sources import fetch, shown

    try:
        data = fetch(source, max_bytes=MAX_VIDEO_BYTES, timeout=300, conn_id=None, allow_private_hosts=False)
        inspect_mp4(data)
    except InvalidRequestError as error:
        # The sources are those of pictures and name their argument.
        raise InvalidRequestError(error.message.replace("input_reference", "video_file")) from error
    except ContentError as error:
        raise InvalidRequestError(
            f"video_file {shown(source)!r} is no whole MP4: {error.message} Nothing was paid."
        ) from error
    return data
