"""The folder of a hand-off while it fills: each file is written once, and one of an earlier try is met."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.archive.ownership import ASSET, SOURCE_ID, label_metadata
from airflow_provider_sora.exceptions import ArchiveError, ForeignObjectError
from airflow_provider_sora.paid import said
from airflow_provider_sora.stores.contract import NameTakenError, ObjectStore
from airflow_provider_sora.stores.hashing import Hasher

_TYPES = {
    ".mp4": "video/mp4", ".png": "image/png", ".vtt": "text/vtt", ".srt": "application/x-subrip", ".xml": "text/xml",
    ".edl": "text/plain", ".otio": "application/json", ".txt": "text/plain",
}  # fmt: skip


class Folder:
    """See the module.

    :param own: its name in the store, and the mark of every object in it; ``labels`` stand at each of them, too.
    """

    def __init__(self, store: ObjectStore, own: str, labels: Mapping[str, str]) -> None:
        self._store = store
        self._own = own
        self._metadata = {SOURCE_ID: own, ASSET: "handoff", **label_metadata(labels)}
        #: Bytes that were stored by this try.
        self.stored = 0
        #: Name, size and sha256 of all that it holds.
        self.files: list[dict[str, Any]] = []

    def put(self, name: str, data: bytes) -> None:
        """What an earlier try wrote stays: drawings and timelines need not come out alike twice."""
        found = self._store.look(f"{self._own}/{name}")
        if found is not None and found.metadata.get(SOURCE_ID) == self._own:
            data = self._store.read_bytes(found.name)
        self._put(name, io.BytesIO(data), len(data))

    def put_file(self, name: str, path: str) -> None:
        with open(path, "rb") as stream:
            self._put(name, stream, os.path.getsize(path))

    def _put(self, name: str, stream: Any, size: int) -> None:
        hasher = Hasher()
        while block := stream.read(1 << 20):
            hasher.update(block)
        stream.seek(0)
        where = f"{self._own}/{name}"
        kind = _TYPES.get(os.path.splitext(name)[1], "application/octet-stream")
        found = self._store.look(where)
        if found is None:
            try:
                self._store.put_stream(where, stream, size=size, content_type=kind, metadata=self._metadata)
                self.stored += size
            except NameTakenError as error:
                found = self._store.look(where)
                if found is None:
                    raise ArchiveError(
                        f"{error} There is none now, so the hand-off is not complete.",
                        cost=said(),
                        step="let the task run again; it goes on with what is missing.",
                    ) from error
        if found is not None and (found.metadata.get(SOURCE_ID) != self._own or found.size != size):
            raise ForeignObjectError(
                f"{found.uri} is taken by something that is not this hand-off. It was not touched.",
                cost=said(),
                step="move it away, or choose another destination.",
            )
        self.files.append({"name": name, "size": size, "sha256": hasher.digest().sha256})
