"""The last picture of a video, for a scene that continues from it."""

from __future__ import annotations

import io
from typing import Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.paid import said

#: Seconds before the end from which pictures are decoded first.
_TAIL = 2.0


def last_frame(path: str) -> bytes:
    """As PNG, in the video's own size. Only the last seconds are decoded, where the file can be searched.

    :raises ConfigurationError: PyAV, of the extra ``[media]``, is not installed.
    :raises ArchiveError: no picture of it decodes.
    """
    try:
        import av
    except ImportError as error:
        raise ConfigurationError(
            "A scene that continues from another needs PyAV, to take the last frame.",
            step="install airflow-provider-sora[media].",
        ) from error
    try:
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            frame = _from_the_end(container, stream) or _from_the_beginning(container, stream)
            if frame is None:
                raise ValueError("it holds no picture")
            out = io.BytesIO()
            frame.to_image().save(out, "PNG")
            return out.getvalue()
    except (av.error.FFmpegError, OSError, ValueError, IndexError) as error:
        raise ArchiveError(
            f"The last frame of an archived video cannot be taken: {type(error).__name__}: {error}. The video is "
            "archived as it was sent.",
            cost=said(),
        ) from error


def _from_the_end(container: Any, stream: Any) -> Any:
    if not stream.duration or not stream.time_base:
        return None
    start = stream.start_time or 0
    container.seek(max(start, start + stream.duration - int(_TAIL / stream.time_base)), stream=stream)
    return _latest(container.decode(stream))


def _from_the_beginning(container: Any, stream: Any) -> Any:
    container.seek(0)
    return _latest(container.decode(stream))


def _latest(frames: Any) -> Any:
    """By its time, since files may hold pictures in another order."""
    last = None
    for frame in frames:
        if last is None or frame.pts is None or last.pts is None or frame.pts >= last.pts:
            last = frame
    return last
