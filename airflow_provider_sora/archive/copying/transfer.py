"""Get the video itself into the store: look first, stream once, settle every doubt by looking again."""

from __future__ import annotations

import os
from dataclasses import dataclass

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.copying.read_ahead import ReadAhead
from airflow_provider_sora.archive.copying.reader import ContentReader
from airflow_provider_sora.archive.ownership import foreign, is_ours, object_metadata
from airflow_provider_sora.archive.work import Work
from airflow_provider_sora.exceptions import ArchiveError, ContentError, CorruptObjectError, VideoExpiredError
from airflow_provider_sora.media.containers import CONTAINERS, UNCHECKED, Container
from airflow_provider_sora.media.judge import PassingCheck, Verdict, judge
from airflow_provider_sora.media.media_info import UnsureError
from airflow_provider_sora.protocol.answers.job import number
from airflow_provider_sora.stores.contract import NameTakenError, ObjectStore, Readable, StoredObject, StoreFaultError
from airflow_provider_sora.stores.hashing import Digest, Hasher
from airflow_provider_sora.stores.scratch import scratch_file

_TRIES_PER_CALL = 2


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """A video that lies in the store, its hashes, and what it is held to be."""

    found: StoredObject
    digest: Digest
    verdict: Verdict


def store_video(work: Work) -> StoredVideo:
    """Make sure that the video lies in the store.

    :raises ForeignObjectError: the name is taken by something else.
    :raises VideoExpiredError: the server no longer has the content.
    :raises ContentError: what the server sent is no whole video; nothing was stored.
    :raises ArchiveError: the store failed, again after a second look and attempt.
    """
    for attempt in range(1, _TRIES_PER_CALL + 1):
        there = work.store.look(work.name(naming.VIDEO))
        if there is not None:
            return _of_earlier_try(work, there)
        try:
            return _fetched_video(work)
        except (NameTakenError, StoreFaultError) as error:
            if attempt == _TRIES_PER_CALL:
                raise ArchiveError(
                    f"{error} The video is paid for and still on the server; a retry costs no second render.",
                    video_id=work.record.video_id,
                    status_code=error.status_code,
                ) from error
            work.log.warning("%s Looking at what is there, then trying once more.", error)
    raise AssertionError("unreachable")


def _of_earlier_try(work: Work, there: StoredObject) -> StoredVideo:
    if not is_ours(there, work.record, naming.VIDEO):
        raise foreign(there, work.record)
    digest, verdict = inspect_stored(work.store, there.name, seconds=_stated_seconds(work))
    if (there.size, there.crc32c or digest.crc32c) != (digest.size, digest.crc32c):
        raise _corrupt(there, digest, work.record.video_id)
    return StoredVideo(there, digest, verdict)


def _fetched_video(work: Work) -> StoredVideo:
    """The video from the server; one that lapsed there may lie here already under the name of another kind."""
    try:
        try:
            return _stream_video(work, PassingCheck(seconds=_stated_seconds(work)))
        except UnsureError as error:
            work.log.info("Video %s: %s; looking at it with a decoder.", work.record.video_id, error)
            return _stream_video(work, PassingCheck(structure=False))
    except VideoExpiredError as error:
        for container in CONTAINERS:
            work.video_file = container.file_name
            there = work.store.look(work.name(naming.VIDEO))
            if there is not None and is_ours(there, work.record, naming.VIDEO):
                return _of_earlier_try(work, there)
        video_id = work.record.video_id
        raise VideoExpiredError(
            f"The content of video {video_id} is gone from the server: {error} No second render is made by itself. "
            "The render was probably billed; to pay for a new one, clear the task that created it and choose a new "
            "submit there. Archive within the server's content lifetime (often one hour).",
            video_id=video_id,
            status_code=error.status_code,
        ) from error


def _stream_video(work: Work, check: PassingCheck) -> StoredVideo:
    video_id = work.record.video_id

    def resumed(position: int, error: Exception) -> None:
        work.log.warning("Video %s: the download broke at byte %d (%s); resuming.", video_id, position, error)

    reader = ContentReader(work.source, video_id, max_stalls=work.options.max_stalls, on_resume=resumed, check=check)
    try:
        with reader:
            reader.open()
            container = reader.container
            if reader.total is not None and container is not None and check.judges:
                work.video_file = container.file_name
                with ReadAhead(reader, ahead=work.options.chunk_size, stop=reader.stop) as ahead:
                    stored = _put_or_settle(work, ahead, reader.total, container, reader)
                verdict = None if reader.media is None else Verdict(container, reader.media, "boxes")
            else:
                stored, verdict = _put_spooled(work, reader)
            digest = reader.digest
    finally:
        work.fetched += reader.received
    if digest is None or verdict is None:
        raise ContentError(f"The store took {stored.size} bytes before video {video_id} was read to its end.")
    if stored.size != digest.size or (stored.crc32c is not None and stored.crc32c != digest.crc32c):
        raise _corrupt(stored, digest, video_id)
    return StoredVideo(stored, digest, verdict)


def _stated_seconds(work: Work) -> float | None:
    return number(work.record.returned.get("seconds"))


def _corrupt(found: StoredObject, digest: Digest, video_id: str) -> CorruptObjectError:
    return CorruptObjectError(
        f"{found.uri} does not hold what it should: the store says {found.size} bytes, crc32c {found.crc32c}; it is "
        f"{digest.size} bytes, {digest.crc32c}. The video is paid for and, until it expires, still on the server. "
        "Remove that object, then clear the task: no second render.",
        video_id=video_id,
    )


def _put_or_settle(
    work: Work, source: Readable, size: int, container: Container, reader: ContentReader
) -> StoredObject:
    """Upload; when its outcome is in doubt, what lies in the store decides."""
    name = work.name(naming.VIDEO)
    metadata = object_metadata(work.record, naming.VIDEO)
    try:
        stored = work.store.put_stream(name, source, size=size, content_type=container.content_type, metadata=metadata)
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


def _put_spooled(work: Work, reader: ContentReader) -> tuple[StoredObject, Verdict]:
    """Keep the content on disk until its end was seen: where the server does not say how long it is, and where only a
    look at the whole tells what it is, and so what it is called."""
    with scratch_file(reader, work.video_file) as path:
        verdict = judge(path, announced=reader.announced, seconds=_stated_seconds(work))
        work.video_file = verdict.container.file_name
        with open(path, "rb") as spool:
            return _put_or_settle(work, spool, os.path.getsize(path), verdict.container, reader), verdict


def inspect_stored(store: ObjectStore, name: str, *, seconds: float | None = None) -> tuple[Digest, Verdict]:
    """Read a stored video back, hash it and check that it is whole.

    :raises ContentError: when it is not.
    """
    file_name = name.rpartition("/")[2]
    hasher = Hasher()
    check = PassingCheck(seconds=seconds)
    unsure = file_name == UNCHECKED.file_name
    for block in store.read_blocks(name):
        hasher.update(block)
        try:
            if not unsure:
                check.feed(block)
        except UnsureError:
            unsure = True
    try:
        media = None if unsure else check.finish()
    except UnsureError:
        media = None
    if media is not None and check.container is not None:
        return hasher.digest(), Verdict(check.container, media, "boxes")
    with store.local_copy(name) as path:
        verdict = judge(path, announced=True, seconds=seconds)
    if file_name == UNCHECKED.file_name and verdict.by is not None:
        reason = "an earlier try had no decoder for it"
        verdict = Verdict(UNCHECKED, verdict.media, None, reason)
    return hasher.digest(), verdict
