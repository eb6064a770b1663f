"""The address of a place to keep things, ``gs://bucket/prefix``, and the addresses of what lies there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from airflow_provider_sora.exceptions import ConfigurationError

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


@dataclass(frozen=True, slots=True)
class Destination:
    """A prefix under which videos are stored.

    :param scheme: ``gs``, ``s3``, ``file`` … in lower case.
    :param bucket: bucket or container; empty for ``file``.
    :param prefix: path inside the bucket without slashes at its ends; for ``file`` an absolute path.
    """

    scheme: str
    bucket: str
    prefix: str

    @property
    def uri(self) -> str:
        if self.scheme == "file":
            return f"file://{self.prefix}"
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    def join(self, name: str) -> str:
        """URI of an object; ``name`` is relative to the prefix."""
        host = "" if self.scheme == "file" else f"{self.bucket}/"
        return f"{self.scheme}://{host}{self.object_name(name)}"

    def object_name(self, name: str) -> str:
        """Full name inside the bucket (for ``file``: the absolute path)."""
        return f"{self.prefix.rstrip('/')}/{name}" if self.prefix else name


def parse_destination(destination: object) -> Destination:
    """Read a destination prefix such as ``gs://bucket/clips`` or ``file:///data/clips``.

    :raises ConfigurationError: when it is no URL of a store; nothing was stored or paid for.
    """
    if not isinstance(destination, str) or not destination.strip():
        raise _bad(destination, "is empty")
    text = destination.strip()
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _bad(destination, f"is no URL ({error})") from error
    scheme = {"gcs": "gs", "local": "file"}.get(parts.scheme.lower(), parts.scheme.lower())
    if "://" not in text or not _SCHEME.fullmatch(scheme):
        raise _bad(destination, "is not a URL")
    if scheme in ("http", "https"):
        raise _bad(destination, "is a web address, not a store")
    path = text.split("://", 1)[1]
    if "?" in path or "#" in path:
        raise _bad(destination, "holds a '?' or '#'")
    if any(part in (".", "..") for part in path.split("/")):
        raise _bad(destination, "holds '.' or '..' as a folder")
    if any(ord(c) < 32 for c in path):
        raise _bad(destination, "holds a control character")
    if scheme == "file":
        if not path.startswith("/"):
            raise _bad(destination, "needs three slashes and an absolute path")
        return Destination("file", "", "/" + path.strip("/"))
    bucket, _, prefix = path.partition("/")
    if not bucket:
        raise _bad(destination, "names no bucket")
    return Destination(scheme, bucket, prefix.strip("/"))


def _bad(destination: object, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"destination {destination!r} {what}. Nothing was stored. "
        "Give a prefix such as gs://my-bucket/clips, s3://my-bucket/clips or file:///data/clips."
    )


def split_object_uri(uri: str) -> tuple[str, str]:
    """``gs://b/p/video_1/receipt.json`` -> (``gs://b/p/video_1``, ``receipt.json``)."""
    prefix, _, name = uri.rstrip("/").rpartition("/")
    return prefix, name


def browser_address(uri: str) -> str:
    """An address that a signed-in browser opens, for ``gs://``; any other URI as it is."""
    scheme, _, path = uri.partition("://")
    return f"https://storage.cloud.google.com/{quote(path)}" if scheme == "gs" else uri
