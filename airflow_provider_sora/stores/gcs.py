"""Cloud Storage: one resumable create-only upload per object, checked by the server before it becomes visible."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, CorruptObjectError, SoraError
from airflow_provider_sora.paid import said
from airflow_provider_sora.stores.contract import NameTakenError, Readable, StoredObject, StoreFaultError
from airflow_provider_sora.stores.google_auth import storage_client
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
                raise self._no_bucket() from error
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
                raise self._no_bucket() from error
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

    @contextlib.contextmanager
    def _told(self, action: str, name: str) -> Iterator[None]:
        """Turn the library's errors into ours; errors of the source pass as they are.

        ``from None``, since the library's own text holds the address of the upload session, which is a key.
        """
        from google.api_core.exceptions import GoogleAPICallError, RetryError
        from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, MalformedError
        from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
        from requests.exceptions import RequestException

        where = self.destination.join(name) if name else self.destination.uri
        try:
            yield
        except SoraError:
            raise
        except GoogleAPICallError as error:
            if isinstance(error.__context__, DataCorruption):
                # The library found other bytes than it sent, and its attempt to delete them was refused.
                raise CorruptObjectError(
                    f"{where} does not hold what was sent, and it could not be removed: {_said(error)} The video is "
                    "paid for and still on the server. Remove that object, then clear the task: no second render.",
                    status_code=error.code,
                ) from None
            raise self._refused(action, where, error.code, error) from None
        except InvalidResponse as error:
            raise self._refused(action, where, error.response.status_code, error) from None
        except (DefaultCredentialsError, MalformedError) as error:
            raise ConfigurationError(
                f"Could not {action} {where}: no usable Google credentials ({type(error).__name__}: {_said(error)}). "
                "Nothing was stored; a retry costs no second render."
            ) from None
        except (GoogleAuthError, DataCorruption, RetryError, RequestException, OSError, ValueError) as error:
            # Of the credentials' errors these may be outages: Google's identity service answers 503 and 429 too.
            raise StoreFaultError(f"Could not {action} {where}: {type(error).__name__}: {_said(error)}") from None

    def _refused(self, action: str, where: str, status: Any, error: Exception) -> SoraError:
        code = int(status) if status is not None else 0
        if code == 412:
            return NameTakenError(f"{where} exists already.", status_code=412)
        if code == 403 and action == "replace":
            return ConfigurationError(
                f"Not allowed to replace {where}. The videos and receipts are stored; only this page is not brought up "
                "to date. Replacing an object needs storage.objects.delete besides roles/storage.objectCreator: grant "
                "it on the pages (names that end in index.html and index.json), and on nothing else.",
                status_code=403,
            )
        if code == 403 and action == "delete":
            return ConfigurationError(
                f"Not allowed to delete {where}. It is still there. Deleting needs storage.objects.delete besides "
                "roles/storage.objectCreator: grant it on names that begin with approved/, and on nothing else.",
                status_code=403,
            )
        if code == 403:
            kept = "Nothing was stored"
            if action in ("store", "look at", "read"):
                kept += "; the video is paid for and a retry costs no second render"
            return ConfigurationError(
                f"Not allowed to {action} {where}. {kept}. Grant roles/storage.objectCreator and "
                "roles/storage.objectViewer on the bucket.",
                status_code=403,
            )
        if code == 404 and action in ("list", "ask the permissions of", "begin an upload to"):
            return self._no_bucket()
        if code == 404 and action == "read":
            return ArchiveError(f"{where} does not exist (any more).", status_code=404)
        return StoreFaultError(f"Could not {action} {where}: HTTP {code}: {_said(error)}", status_code=code)

    def _no_bucket(self) -> ConfigurationError:
        return ConfigurationError(
            f"Bucket {self.destination.bucket!r} does not exist, or may not be seen. Nothing was stored. "
            "Create it, or correct the destination.",
            status_code=404,
        )


def _said(error: Exception) -> str:
    """The error's text without the queries of its addresses: they name upload sessions, and those are keys."""
    return re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]*", r"\1", str(error))
