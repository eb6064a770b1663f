"""Azure Blob Storage keeps metadata with the blob, and takes a blob at one request: create-only, with its metadata.

adlfs has no commit of its own: a file appears when it is closed, under ``If-None-Match: *``. Names of metadata must be
identifiers there, so ``source-id`` is ``source_id``.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_provider_sora.stores.contract import StoreFaultError
from airflow_provider_sora.stores.fsspec.companions import read_side, side_path
from airflow_provider_sora.stores.fsspec.s3_metadata import LABEL

SCHEMES = ("abfs", "abfss")
#: 8 KiB in all, names included; some is left to what Azure and adlfs add.
_BYTES = 7 << 10
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CRC32C = "crc32c"
#: How adlfs tells files from folders, and what it leaves out where metadata is given.
_A_FILE = {"is_directory": "false"}
_COPY_SECONDS = 600


class WithTheBlob:
    """Where metadata goes on Azure; see :class:`~airflow_provider_sora.stores.fsspec.metadata_home.MetadataHome`."""

    whole_at_close = True

    def opened_with(self, content_type: str, metadata: Mapping[str, str]) -> dict[str, Any]:
        return {"metadata": fitting_azure(metadata), "content_settings": {"content_type": content_type}}

    def finish(self, fs: Any, path: str, stream: Any, side: Mapping[str, Any]) -> None:
        stream.metadata = {**stream.metadata, _CRC32C: side["crc32c"]}
        with _refused_by_cause(path):
            stream.close()

    def read(self, fs: Any, path: str, info: Mapping[str, Any]) -> dict[str, Any]:
        kept = dict(info.get("metadata") or {})
        if "source_id" not in kept:
            return read_side(fs, path)  # as versions up to 0.1 kept it
        settings = info.get("content_settings") or {}
        crc32c = kept.pop(_CRC32C, None)
        return {"content_type": settings.get("content_type"), "metadata": _ours(kept), "crc32c": crc32c}

    def copy(self, fs: Any, source: str, path: str, side: Mapping[str, Any]) -> None:
        """Within the account and create-only; the source's content type comes along."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceExistsError, ResourceModifiedError
        from fsspec.asyn import sync

        metadata = fitting_azure(side["metadata"])
        if side.get("crc32c"):
            metadata[_CRC32C] = side["crc32c"]

        async def begin() -> Any:
            container, name, _ = fs.split_path(path)
            held, held_name, _ = fs.split_path(source)
            address = fs.service_client.get_blob_client(held, held_name).url
            async with fs.service_client.get_blob_client(container, name) as blob:
                options = {"metadata": metadata, "match_condition": MatchConditions.IfMissing}
                return (await blob.start_copy_from_url(address, **options))["copy_status"]

        async def status() -> Any:
            container, name, _ = fs.split_path(path)
            async with fs.service_client.get_blob_client(container, name) as blob:
                return (await blob.get_blob_properties()).copy.status

        try:
            found = sync(fs.loop, begin)
        except (ResourceExistsError, ResourceModifiedError) as error:
            raise FileExistsError(path) from error
        until = time.monotonic() + _COPY_SECONDS
        while found == "pending" and time.monotonic() < until:
            time.sleep(0.5)
            found = sync(fs.loop, status)
        if found != "success":
            raise StoreFaultError(
                f"The copy to {path} is {found} after {_COPY_SECONDS} s at most. Look, then try again."
            )

    def paths(self, path: str) -> list[str]:
        return [path, side_path(path)]


def fitting_azure(metadata: Mapping[str, str]) -> dict[str, str]:
    """What of it Azure takes, under names that are identifiers; what is left out are labels."""
    found = {**_A_FILE, **{_name(key): text for key, text in metadata.items() if not key.startswith(LABEL)}}
    left = _BYTES - sum(len(name) + len(text) for name, text in found.items())
    for key, text in metadata.items():
        name = _name(key)
        if name not in found and len(name) + len(text) <= left and _NAME.fullmatch(name):
            left -= len(name) + len(text)
            found[name] = text
    return found


def _name(key: str) -> str:
    return f"label_{key.removeprefix(LABEL)}" if key.startswith(LABEL) else key.replace("-", "_")


def _ours(kept: Mapping[str, str]) -> dict[str, str]:
    """The names that the other stores keep them under."""
    found = {}
    for name, text in kept.items():
        if name in _A_FILE:
            continue
        head, _, rest = name.partition("_")
        found[f"{LABEL}{rest}" if head == "label" else name.replace("_", "-")] = text
    return found


@contextlib.contextmanager
def _refused_by_cause(path: str) -> Iterator[None]:
    """adlfs wraps what the service said; a name that is taken is told by it in one of two ways."""
    from azure.core.exceptions import ResourceExistsError, ResourceModifiedError

    try:
        yield
    except RuntimeError as error:
        if isinstance(error.__cause__, (ResourceExistsError, ResourceModifiedError)):
            raise FileExistsError(path) from error
        raise
