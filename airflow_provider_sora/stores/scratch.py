"""Temporary copies on the worker's own disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator

from airflow_provider_sora.exceptions import ArchiveError


@contextlib.contextmanager
def scratch_file(blocks: Iterable[bytes], name: str) -> Iterator[str]:
    """The path of a temporary file that holds ``blocks``; it is gone when the context ends.

    :param name: what it is a copy of; the file gets its ending.
    :raises ArchiveError: the worker's temporary folder cannot take it.
    """
    handle, path = -1, ""
    try:
        try:
            handle, path = tempfile.mkstemp(suffix=os.path.splitext(name)[1])
            with os.fdopen(handle, "wb") as copy:
                for block in blocks:
                    copy.write(block)
        except OSError as error:
            raise ArchiveError(
                f"No temporary copy of {name} could be made in {tempfile.gettempdir()} on this worker: {error}. "
                "Nothing was lost: the video is paid for and still where it was. Make room there, or point TMPDIR at a "
                "larger disk, then let the task run again: no second render."
            ) from error
        yield path
    finally:
        if path:
            os.unlink(path)
