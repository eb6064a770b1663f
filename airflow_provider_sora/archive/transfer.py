"""Get the video itself into the store: look first, stream once, settle every doubt by looking again."""

from __future__ import annotations

import os
from collections.abc import Mapping

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.hashing import Digest, Hasher
from airflow_provider_sora.archive.mp4 import BoxWalker, MediaInfo
from airflow_provider_sora.archive.ownership import foreign, is_ours, object_metadata
from airflow_provider_sora.archive.read_ahead import ReadAhead
from airflow_provider_sora.archive.reader import ContentReader
from airflow_provider_sora.archive.scratch import scratch_file
from airflow_provider_sora.archive.store import NameTakenError, ObjectStore, StoredObject, StoreFaultError
from airflow_provider_sora.archive.work import Work
from airflow_provider_sora.exceptions import ArchiveError, ContentError, CorruptObjectError, VideoExpiredError

_TRIES_PER_CALL = 2


def store_video(work: Work) -> tuple[StoredObject, Digest, MediaInfo]:
    """Make sure that the video lies in the store; what it is, its hashes and what it says of itself.

    :raises ForeignObjectError: the name is taken by something else.
    :raises VideoExpiredError: the server no longer has the content.
    :raises ContentError: what the server sent is no whole video; nothing was stored.
    :raises ArchiveError: the store failed, again after a second look and attempt.
    """
    name = work.name(naming.VIDEO)
    for attempt in range(1, _TRIES_PER_CALL + 1):
        there = work.store.look(name)
        if there is not None:
            if not is_ours(there, work.record, naming.VIDEO):
                raise foreign(there, work.record)
            digest, media = inspect_stored(work.store, name)
            if (there.size, there.crc32c or digest.crc32c) != (digest.size, digest.crc32c):
                raise _corrupt(there, digest, work.record.video_id)
            return there, digest, media
        try:
            return _stream_video(work, name)
        except (NameTakenError, StoreFaultError) as error:
            if attempt == _TRIES_PER_CALL:
                raise ArchiveError(
                    f"{error} The video is paid for and still on the server; a retry costs no second render.",
                    video_id=work.record.video_id,
                    status_code=error.status_code,
                ) from error
            work.log.warning("%s Looking at what is there, then trying once more.", error)
    raise AssertionError("unreachable")


def _stream_video(work: Work, name: str) -> tuple[StoredObject, Digest, MediaInfo]:
    video_id = work.record.video_id

    def resumed(position: int, error: Exception) -> None:
        work.log.warning("Video %s: the download broke at byte %d (%s); resuming.", video_id, position, error)

    reader = ContentReader(work.source, video_id, max_stalls=work.options.max_stalls, on_resume=resumed)
    try:
        with reader:
            reader.open()
            stored = _put_or_settle(work, name, reader)
            digest, media = reader.digest, reader.media
    except VideoExpiredError as error:
        raise VideoExpiredError(
            f"The content of video {video_id} is gone from the server: {error} No second render is made by itself. "
            "The render was probably billed; to pay for a new one, clear the task that created it and choose a new "
            "submit there. Archive within the server's content lifetime (often one hour).",
            video_id=video_id,
            status_code=error.status_code,
        ) from error
    finally:
        work.fetched += reader.received
    if digest is None or media is None:
        raise ContentError(f"The store took {stored.size} bytes before video {video_id} was read to its end.")
    if stored.size != digest.size or (stored.crc32c is not None and stored.crc32c != digest.crc32c):
        raise _corrupt(stored, digest, video_id)
    return stored, digest, media


def _corrupt(found: StoredObject, digest: Digest, video_id: str) -> CorruptObjectError:
    return CorruptObjectError(
        f"{found.uri} does not hold what it should: the store says {found.size} bytes, crc32c {found.crc32c}; it is "
        f"{digest.size} bytes, {digest.crc32c}. The video is paid for and, until it expires, still on the server. "
        "Remove that object, then clear the task: no second render.",
        video_id=video_id,
    )


def _put_or_settle(work: Work, name: str, reader: ContentReader) -> StoredObject:
    """Upload; when its outcome is in doubt, what lies in the store decides."""
    metadata = object_metadata(work.record, naming.VIDEO)
    kind = naming.CONTENT_TYPES[naming.VIDEO]
    try:
        if reader.total is None:
            return _put_spooled(work, name, reader, metadata)
        with ReadAhead(reader, ahead=work.options.chunk_size, stop=reader.stop) as ahead:
            stored = work.store.put_stream(name, ahead, size=reader.total, content_type=kind, metadata=metadata)
    except (NameTakenError, StoreFaultError) as error:
        found = work.store.look(name)
        if found is None:
            raise
        if not is_ours(found, work.record, naming.VIDEO):
            raise foreign(found, work.record) from error
        digest = reader.digest
        if digest is None or found.size != digest.size or found.crc32c not in (None, digest.crc32c):
            raise
        work.log.info("%s was stored although the answer was lost; going on with it.", found.uri)
        work.stored += found.size
        return found
    work.stored += stored.size
    return stored


def _put_spooled(work: Work, name: str, reader: ContentReader, metadata: Mapping[str, str]) -> StoredObject:
    """The server does not say how long the video is: keep it on disk until its end was seen and checked."""
    kind = naming.CONTENT_TYPES[naming.VIDEO]
    with scratch_file(reader, naming.VIDEO) as path, open(path, "rb") as spool:
        size = os.path.getsize(path)
        stored = work.store.put_stream(name, spool, size=size, content_type=kind, metadata=metadata)
    work.stored += stored.size
    return stored


def inspect_stored(store: ObjectStore, name: str) -> tuple[Digest, MediaInfo]:
    """Read a stored video back, hash it and check that it is whole.

    :raises ContentError: when it is not.
    """
    hasher, walker = Hasher(), BoxWalker()
    for block in store.read_blocks(name):
        hasher.update(block)
        walker.feed(block)
    return hasher.digest(), walker.finish()
