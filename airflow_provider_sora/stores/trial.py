"""Find out before paying whether a place can be written: by writing, which is the only answer that counts.

What a permission, a mode or a mount table says is no proof: root may write everywhere but to ``/proc`` and a read-only
disk, and a full disk says nothing at all.
"""

from __future__ import annotations

import errno
import logging
import os
import tempfile
import uuid
from pathlib import Path
from typing import Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.paid import said

log = logging.getLogger(__name__)

#: Bytes that a trial writes to a disk: enough to need room, little enough to cost nothing.
TRIAL_SIZE = 1 << 20
_MAY_PASS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.EAGAIN, errno.ETIMEDOUT)


def trial_name() -> str:
    """A name below the destination that no video has, another one each time: tasks may try at once."""
    return f".trial-{uuid.uuid4().hex}"


def try_folder(folder: Path, uri: str) -> None:
    """Write and sync a nameless file in the nearest folder that exists: it leaves nothing, not even when killed.

    :param uri: what to call the place.
    :raises ConfigurationError: it cannot be written, and trying again changes nothing.
    :raises ArchiveError: it cannot be written now; a full disk, for instance.
    """
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise ConfigurationError(
            f"{uri} cannot be written: {folder} is no folder. Nothing was stored.",
            step="choose another destination, or move that file away.",
        )
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=trial_name()) as trial:
            trial.write(bytes(TRIAL_SIZE))
            trial.flush()
            os.fsync(trial.fileno())
    except OSError as error:
        why = f"a trial file of {TRIAL_SIZE} bytes could not be written in {folder} ({error.strerror or error})"
        if error.errno in _MAY_PASS:
            raise ArchiveError(
                f"{uri} cannot be written now: {why}. Nothing was stored.",
                cost=said(),
                step="make room there, or wait until the disk answers; a retry costs nothing.",
            ) from error
        raise ConfigurationError(
            f"{uri} cannot be written: {why}. Nothing was stored.",
            step="choose another destination, or make that one writable for the user that runs the worker.",
        ) from error


def try_s3(fs: Any, bucket: str, key: str) -> None:
    """Begin an upload in parts that gets none: S3 decides on it as on any other, and no object ever appears."""
    begun = fs.call_s3("create_multipart_upload", Bucket=bucket, Key=key)
    try:
        fs.call_s3("abort_multipart_upload", Bucket=bucket, Key=key, UploadId=begun["UploadId"])
    except Exception as error:  # noqa: BLE001 - not everybody who may write may also drop; without parts it costs nothing
        log.debug("The trial upload to s3://%s/%s was not dropped: %s", bucket, key, type(error).__name__)


def try_object(fs: Any, path: str) -> None:
    """Write a small object and remove it, for stores that begin no upload without writing."""
    folder = path.rpartition("/")[0]
    made = not fs.exists(folder)
    fs.makedirs(folder, exist_ok=True)
    fs.pipe_file(path, b"trial")
    try:
        fs.rm_file(path)
        if made and not fs.ls(folder):
            fs.rmdir(folder)
    except Exception as error:  # noqa: BLE001 - what was asked is answered: the place can be written
        log.warning("%s could be written but not removed (%s); it is a trial and may be deleted.", path, error)
