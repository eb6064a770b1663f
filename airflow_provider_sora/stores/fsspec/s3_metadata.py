"""S3 keeps metadata with the object; how much it takes, and what is left out first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions

#: How the names of labels begin, the first to be left out.
LABEL = "label-"
#: S3's limit; whether its own prefix counts is not said, so it does.
_S3_BYTES = 2048
_S3_PREFIX = "x-amz-meta-"
_HEADER_NAME = re.compile(r"[A-Za-z0-9._-]+")


class WithTheObject:
    """Where metadata goes on S3; see :class:`~airflow_provider_sora.stores.fsspec.metadata_home.MetadataHome`."""

    whole_at_close = True

    def __init__(self, options: ArchiveOptions) -> None:
        self._options = options

    def opened_with(self, content_type: str, metadata: Mapping[str, str]) -> dict[str, Any]:
        extra: dict[str, Any] = {"ContentType": content_type, "Metadata": fitting_s3(metadata)}
        if self._options.cache_control:
            extra["CacheControl"] = self._options.cache_control
        if self._options.storage_class:
            extra["StorageClass"] = self._options.storage_class
        return extra

    def finish(self, fs: Any, path: str, stream: Any, side: Mapping[str, Any]) -> None:
        stream.close()
        stream.commit()

    def read(self, fs: Any, path: str, info: Mapping[str, Any]) -> dict[str, Any]:
        return {"content_type": info.get("ContentType"), "metadata": dict(fs.metadata(path, refresh=True))}

    def copy(self, fs: Any, source: str, path: str, side: Mapping[str, Any]) -> None:
        # Without If-None-Match: not every store that speaks S3 takes it on a copy. What a repeat would write
        # over is the same file, bytes and metadata.
        extra = self.opened_with(side["content_type"], side["metadata"])
        fs.copy(source, path, **extra, MetadataDirective="REPLACE")

    def paths(self, path: str) -> list[str]:
        return [path]


def fitting_s3(metadata: Mapping[str, str]) -> dict[str, str]:
    """What of it S3 takes: 2 KiB in all, under names that can stand in a header; what is left out are labels.

    Values are percent-encoded already: S3's clients refuse anything but ASCII.
    """
    found = {name: text for name, text in metadata.items() if not name.startswith(LABEL)}
    left = _S3_BYTES - sum(_s3_size(name, text) for name, text in found.items())
    for name, text in metadata.items():
        size = _s3_size(name, text)
        if name not in found and size <= left and _HEADER_NAME.fullmatch(name):
            left -= size
            found[name] = text
    return found


def _s3_size(name: str, text: str) -> int:
    return len(_S3_PREFIX) + len(name) + len(text)
