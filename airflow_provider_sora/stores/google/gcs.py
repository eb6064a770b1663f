"""Cloud Storage: one resumable create-only upload per object, checked by the server before it becomes visible."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.paid import said
from airflow_provider_sora.stores.contract import Readable, StoredObject, StoreFaultError
from airflow_provider_sora.stores.google.errors import no_bucket, told
from airflow_provider_sora.stores.google.google_auth import storage_client
from airflow_provider_sora.stores.scratch import scratch_file
from airflow_provider_sora.stores.trial import trial_name

if TYPE_CHECKING:
    from airflow_provider_sora.stores.destination import Destination
    from airflow_provider_sora.stores.options import ArchiveOptions

#: Metadata key whose value (ISO 8601) also becomes the object's custom time, for lifecycle rules.
COMPLETED_AT = "completed-at"
#: Up to this size the library sends one multipart request instead of a session.
_ONE_REQUEST = 8 << 20


class GcsStore:
    """A prefix in a bucket; see :class:`~airflow_provider_sora.stores.contract.ObjectStore`."""

    def __init__(self, destination: Destination, options: ArchiveOptions) -> None:
        from google.cloud.storage.retry import DEFAULT_RETRY

        self.destination = destination
        self._options = options
        self._client = storage_client(options)
        self._bucket = self._client.bucket(destination.bucket, user_project=options.user_project)
        self._call = {
            "timeout": (options.connect_timeout, options.read_timeout),
            "retry": DEFAULT_RETRY.with_timeout(options.retry_seconds),
        }

    def look(self, name: str) -> StoredObject | None:
        with self._told("look at", name):
            blob = self._bucket.get_blob(self.destination.object_name(name), **self._call)
            return None if blob is None else self._describe(blob)

    def put_stream(
        self, name: str, reader: Readable, *, size: int, content_type: str, metadata: Mapping[str, str]
    ) -> StoredObject:
        blob = self._new_blob(name, content_type, metadata)
        try:
            with self._told("store", name):
                blob.upload_from_file(
                    reader, size=size, content_type=content_type, if_generation_match=0, checksum="crc32c", **self._call
                )
        except StoreFaultError as error:
            # Later a 404 means that the session is gone; at the start it is the bucket.
            if error.status_code == 404 and (size <= _ONE_REQUEST or not reader.tell()):
                raise no_bucket(self.destination) from error
            raise
        return self._describe(blob)

    def put_bytes(self, name: str, data: bytes, *, content_type: str, metadata: Mapping[str, str]) -> StoredObject:
        return self._put_small(name, data, content_type, metadata, 0)

    def replace(self, name: str, data: bytes, *, content_type: str, expected: StoredObject | None) -> StoredObject:
        generation = int(expected.generation or 0) if expected is not None else 0
        return self._put_small(name, data, content_type, {}, generation)

    def _put_small(
        self, name: str, data: bytes, content_type: str, metadata: Mapping[str, str], generation: int
    ) -> StoredObject:
        blob = self._new_blob(name, content_type, metadata)
        try:
            with self._told("replace" if generation else "store", name):
                blob.upload_from_string(
                    data, content_type=content_type, if_generation_match=generation, checksum="crc32c", **self._call
                )
        except StoreFaultError as error:
            if error.status_code == 404:
                raise no_bucket(self.destination) from error
            raise
        return self._describe(blob)

    def read_bytes(self, name: str) -> bytes:
        with self._told("read", name):
            return self._bucket.blob(self.destination.object_name(name)).download_as_bytes(**self._call)

    def read_blocks(self, name: str) -> Iterator[bytes]:
        with self._told("read", name):
            blob = self._bucket.blob(self.destination.object_name(name), chunk_size=self._options.chunk_size)
            with blob.open("rb", **self._call) as stream:
                while block := stream.read(1 << 20):
                    yield block

    def read_range(self, name: str, start: int, stop: int) -> Iterator[bytes]:
        with self._told("read", name):
            blob = self._bucket.blob(self.destination.object_name(name))
            for begin in range(start, stop, self._options.chunk_size):
                end = min(begin + self._options.chunk_size, stop)
                block = blob.download_as_bytes(start=begin, end=end - 1, checksum=None, **self._call)
                if len(block) != end - begin:
                    raise StoreFaultError(f"{self.destination.join(name)} is shorter than {stop} bytes.")
                yield block

    def copy(self, source: str, name: str, *, content_type: str, metadata: Mapping[str, str]) -> StoredObject:
        with self._told("read", source):
            found = self._bucket.get_blob(self.destination.object_name(source), **self._call)
        if found is None:
            raise ArchiveError(f"{self.destination.join(source)} does not exist (any more).", status_code=404)
        blob = self._new_blob(name, content_type, metadata)
        blob.content_type = content_type
        token = None
        with self._told("store", name):
            while True:  # a copy into another place or class may take several calls
                token, _, _ = blob.rewrite(
                    found,
                    token=token,
                    if_generation_match=0,
                    if_source_generation_match=found.generation,
                    **self._call,
                )
                if token is None:
                    break
        copied = self.look(name)
        if copied is None or (copied.size, copied.crc32c) != (found.size, found.crc32c):
            raise StoreFaultError(f"{self.destination.join(name)} is not what {source} is, right after it was copied.")
        return copied

    def delete(self, name: str) -> None:
        try:
            with self._told("delete", name):
                self._bucket.blob(self.destination.object_name(name)).delete(**self._call)
        except StoreFaultError as error:
            if error.status_code != 404:
                raise

    def signed_address(self, name: str, seconds: int) -> str | None:
        from google.auth.credentials import Signing

        if not isinstance(self._client._credentials, Signing):
            return None  # without a key that signs, such as the machine's own login
        blob = self._bucket.blob(self.destination.object_name(name))
        with self._told("sign an address of", name):
            return str(blob.generate_signed_url(version="v4", expiration=timedelta(seconds=seconds), method="GET"))

    def local_copy(self, name: str) -> AbstractContextManager[str]:
        return scratch_file(self.read_blocks(name), name)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        base = self.destination.prefix + "/" if self.destination.prefix else ""
        with self._told("list", prefix):
            for blob in self._client.list_blobs(self._bucket, prefix=base + prefix, **self._call):
                yield self._describe(blob)

    def check(self) -> None:
        try:
            for _ in self._first_page():
                break
            wanted = ["storage.objects.create", "storage.objects.get"]
            with self._told("ask the permissions of", ""):
                granted = self._bucket.test_iam_permissions(wanted, **self._call)
            if missing := [permission for permission in wanted if permission not in granted]:
                raise ConfigurationError(
                    f"{self.destination.uri}: the credentials lack {', '.join(missing)}. Nothing was stored.",
                    step="grant roles/storage.objectCreator and roles/storage.objectViewer on the bucket.",
                )
            self._try_upload()
        except StoreFaultError as error:
            raise StoreFaultError(
                f"{error} Nothing was stored.",
                cost=said(),
                step="let the task run again once the store answers.",
                status_code=error.status_code,
            ) from None

    def _try_upload(self) -> None:
        """Begin an upload and cancel it: the store decides on it as on any other, no object ever appears, and none
        has to be deleted, which these roles could not."""
        blob = self._new_blob(trial_name(), "video/mp4", {})
        call = {"timeout": self._call["timeout"], "retry": self._call["retry"]}
        with self._told("begin an upload to", ""):
            session = blob.create_resumable_upload_session(
                content_type="video/mp4", size=1, client=self._client, if_generation_match=0, **call
            )
            # One that cannot be cancelled lapses by itself; it was never more than a promise of bytes.
            self._client._http.delete(session, timeout=self._call["timeout"])

    def _first_page(self) -> Iterator[Any]:
        with self._told("list", ""):
            yield from self._client.list_blobs(self._bucket, max_results=1, **self._call)

    def _new_blob(self, name: str, content_type: str, metadata: Mapping[str, str]) -> Any:
        options = self._options
        blob = self._bucket.blob(
            self.destination.object_name(name), chunk_size=options.chunk_size, kms_key_name=options.kms_key_name
        )
        blob.cache_control = options.cache_control
        if options.storage_class:
            blob.storage_class = options.storage_class
        if content_type.startswith("video/"):
            folder = name.split("/")[-2] if "/" in name else "video"
            blob.content_disposition = f'attachment; filename="{folder}.{name.rpartition(".")[2]}"'
        if metadata:
            # Set now and not by a later patch: a crash between would leave an object without proof of origin.
            blob.metadata = dict(metadata)
            with contextlib.suppress(KeyError, ValueError):  # no time of completion, or none that is a time
                blob.custom_time = datetime.fromisoformat(metadata[COMPLETED_AT])
        return blob

    def _describe(self, blob: Any) -> StoredObject:
        base = self.destination.prefix + "/" if self.destination.prefix else ""
        return StoredObject(
            name=blob.name.removeprefix(base),
            uri=f"gs://{self.destination.bucket}/{blob.name}",
            size=int(blob.size or 0),
            generation=None if blob.generation is None else str(blob.generation),
            crc32c=blob.crc32c,
            content_type=blob.content_type,
            metadata=dict(blob.metadata or {}),
            written_at=blob.time_created,
        )

    def _told(self, action: str, name: str) -> AbstractContextManager[None]:
        return told(self.destination, action, name)
