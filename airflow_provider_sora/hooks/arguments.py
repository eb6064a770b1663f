"""What people pass to the hook's methods, checked before anything is sent: types are checked, not coerced."""

from __future__ import annotations

import os

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.protocol.submission import Reference

#: What ``variant`` may name. ``None`` is the video itself.
VARIANTS = ("video", "thumbnail", "spritesheet")

Picture = Reference | str | os.PathLike[str]


def refused(name: str, value: object, wanted: str) -> ConfigurationError:
    """The error for an argument that is not what it must be."""
    shown = f"{type(value).__name__} of {len(value)} bytes" if isinstance(value, bytes) else repr(value)[:80]
    return ConfigurationError(f"{name} is {shown}, but must be {wanted}.")


def checked_id(name: str, value: object) -> str:
    """An id as the server gave it."""
    if not isinstance(value, str) or not value.strip():
        raise refused(name, value, "the id of a job as text, such as create_video(...).id")
    return value.strip()


def checked_variant(value: object) -> str | None:
    """None for the video itself, or the still that is meant."""
    if value is None or value == "video":
        return None
    if value not in VARIANTS:
        wanted = f"one of {', '.join(VARIANTS)} (to write to a file: download_to(video_id, path))"
        raise refused("variant", value, wanted)
    return str(value)


def whole_seconds(value: object) -> int | None:
    """Whole seconds; the exact text of a whole number is one too, since servers answer with such text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if value is None or (type(value) is int and value > 0):
        return value
    raise refused("seconds", value, "a whole number of seconds above 0, such as 8")


def picture(value: Picture | None, size: str | None) -> Reference | None:
    """The picture to start from: one that was loaded before, or an address or path that is loaded here."""
    if value is None or isinstance(value, Reference):
        return value
    if not isinstance(value, (str, os.PathLike)):
        wanted = "a path, an address (https://, gs://, data:), a file id, or what load_reference returned"
        raise refused("input_reference", value, wanted)
    from airflow_provider_sora.inputs.pictures import load_reference

    return load_reference(value, size=size)


def video_bytes(value: bytes | str | os.PathLike[str] | None) -> bytes | None:
    """A video of the user's own: its bytes, or the path of a file that holds them."""
    if value is None or isinstance(value, bytes):
        return value
    if not isinstance(value, (str, os.PathLike)):
        raise refused("video_file", value, "the bytes of an MP4, or the path of one")
    try:
        with open(value, "rb") as file:
            return file.read()
    except OSError as error:
        raise refused("video_file", os.fspath(value), f"a file that can be read ({error.strerror})") from error
