"""Archive one video: look first, stream once, settle every doubt by looking again, write the receipt last."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.mp4 import BoxWalker, MediaInfo
from airflow_provider_sora.archive.options import ArchiveOptions
from airflow_provider_sora.archive.ownership import foreign, is_ours, object_metadata
from airflow_provider_sora.archive.reader import ContentReader, Digest, Hasher
from airflow_provider_sora.archive.receipt import build_receipt, object_entry, read_receipt, to_bytes
from airflow_provider_sora.archive.store import NameTakenError, ObjectStore, StoredObject, StoreFaultError, open_store
from airflow_provider_sora.exceptions import ArchiveError, ContentError, VideoExpiredError

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.content import ContentSource
    from airflow_provider_sora.record import VideoRecord

_TRIES_PER_CALL = 2


@dataclass(frozen=True, slots=True)
class ArchiveResult:
    """What archiving came to.

    :param record: the video's record with ``uri``, ``receipt_uri`` and the stills' addresses filled in.
    :param bytes_stored: content bytes sent to the store by this call; 0 when all was there already.
    :param bytes_fetched: content bytes read from the server by this call.
    """

    record: VideoRecord
    receipt: dict[str, Any]
    bytes_stored: int
    bytes_fetched: int
    media: MediaInfo


@dataclass(slots=True)
class _Work:
    """The state of one call."""

    store: ObjectStore
    source: ContentSource
    record: VideoRecord
    options: ArchiveOptions
    log: Any
    actual_usd: float | None = None
    stored: int = 0
    fetched: int = 0
    objects: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    def name(self, asset: str) -> str:
        return naming.asset_name(self.record.video_id, asset)


def archive_video(
    source: ContentSource,
    record: VideoRecord,
    *,
    destination: str,
    options: ArchiveOptions | None = None,
    run: Mapping[str, Any] | None = None,
    log: Any = None,
    complete: Callable[[VideoRecord], tuple[VideoRecord, float | None]] | None = None,
    store: ObjectStore | None = None,
) -> ArchiveResult:
    """Store a finished video with stills and receipt under ``destination``; a repeated call moves no content.

    :param source: opens the content (the hook is one).
    :param destination: prefix such as ``gs://bucket/clips``; see :mod:`airflow_provider_sora.archive.naming`.
    :param run: ``dag_id``, ``run_id``, ``task_id``, ``map_index``, ``try_number`` for the receipt.
    :param complete: called only when something is to be stored: fills in what the server knows of the video and
        returns it with the billed cost in USD, where known.
    :raises ConfigurationError: destination, bucket or permission is wrong.
    :raises ForeignObjectError: a name is taken by something that is not this video; it was not touched.
    :raises VideoExpiredError: the server no longer has the content.
    :raises ContentError: what the server sent is no whole video; nothing was stored.
    :raises ArchiveError: the store failed; a retry costs no second render.
    """
    options = options or ArchiveOptions()
    work = _Work(
        store=store or open_store(destination, options),
        source=source,
        record=record,
        options=options,
        log=log or logging.getLogger(__name__),
    )
    done = _finished_before(work)
    if done is not None:
        work.log.info("Video %s is archived already: %s", record.video_id, done.record.uri)
        return done
    if complete is not None:
        work.record, work.actual_usd = complete(record)
    video, digest, media = _store_video(work)
    work.objects[naming.VIDEO] = object_entry(video, sha256=digest.sha256, crc32c=digest.crc32c, origin="server")
    _store_stills(work)
    receipt = build_receipt(
        work.record,
        media=media,
        objects=work.objects,
        run=run,
        parent_chain=parent_chain(work.store, work.record.parent_id),
        actual_usd=work.actual_usd,
        prompt_storage=options.prompt_storage,
    )
    return write_receipt(work, receipt, media)


def write_receipt(work: _Work, receipt: dict[str, Any], media: MediaInfo) -> ArchiveResult:
    name = work.name(naming.RECEIPT)
    try:
        work.store.put_bytes(
            name,
            to_bytes(receipt),
            content_type=naming.CONTENT_TYPES[naming.RECEIPT],
            metadata=object_metadata(work.record, naming.RECEIPT),
        )
    except (NameTakenError, StoreFaultError):
        done = _finished_before(work)
        if done is None:
            raise
        return done
    return ArchiveResult(_filled(work, receipt), receipt, work.stored, work.fetched, media)


def _finished_before(work: _Work) -> ArchiveResult | None:
    """The result of an earlier call whose receipt is there, told from metadata alone."""
    found = work.store.look(work.name(naming.RECEIPT))
    if found is None:
        return None
    if not is_ours(found, work.record, naming.RECEIPT):
        raise foreign(found, work.record)
    receipt = read_receipt(work.store.read_bytes(found.name), found.uri)
    entry = receipt["objects"].get(naming.VIDEO) or {}
    video = work.store.look(work.name(naming.VIDEO))
    if video is None or video.size != entry.get("size"):
        raise ArchiveError(
            f"{found.uri} says that the video is archived, but {entry.get('uri')} is "
            f"{'gone' if video is None else 'another file now'}. Nothing was changed. Restore it, or move the receipt "
            "away to archive again while the server still has the video.",
            video_id=work.record.video_id,
        )
    media = MediaInfo(
        **{k: v for k, v in receipt["media"].items() if k in MediaInfo.__dataclass_fields__},
        c2pa=bool(receipt["provenance"].get("c2pa_manifest")),
    )
    return ArchiveResult(_filled(work, receipt), receipt, work.stored, work.fetched, media)


def _filled(work: _Work, receipt: Mapping[str, Any]) -> VideoRecord:
    def uri(asset: str) -> str | None:
        entry = receipt["objects"].get(asset)
        return work.store.destination.join(work.name(asset)) if entry else None

    values: dict[str, Any] = {
        "uri": uri(naming.VIDEO),
        "thumbnail_uri": uri(naming.THUMBNAIL),
        "spritesheet_uri": uri(naming.SPRITESHEET),
        "receipt_uri": work.store.destination.join(work.name(naming.RECEIPT)),
    }
    record = work.record
    if not record.returned:
        values["returned"] = dict(receipt["returned"])
    if not record.completed_at:
        values["completed_at"] = receipt["times"]["completed_at"]
    return record.changed(status=record.status or "completed", **values)


def _store_video(work: _Work) -> tuple[StoredObject, Digest, MediaInfo]:
    name = work.name(naming.VIDEO)
    for attempt in range(1, _TRIES_PER_CALL + 1):
        there = work.store.look(name)
        if there is not None:
            if not is_ours(there, work.record, naming.VIDEO):
                raise foreign(there, work.record)
            digest, media = inspect_stored(work.store, name)
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


def _stream_video(work: _Work, name: str) -> tuple[StoredObject, Digest, MediaInfo]:
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
        raise ArchiveError(
            f"{stored.uri} does not hold what was sent ({stored.size} bytes, crc32c {stored.crc32c}, sent {digest.size} "
            f"bytes, {digest.crc32c}). Remove that object, then let the task run again: no second render.",
            video_id=video_id,
        )
    return stored, digest, media


def _put_or_settle(work: _Work, name: str, reader: ContentReader) -> StoredObject:
    """Upload; when its outcome is in doubt, what lies in the store decides."""
    metadata = object_metadata(work.record, naming.VIDEO)
    kind = naming.CONTENT_TYPES[naming.VIDEO]
    try:
        if reader.total is None:
            return _put_spooled(work, name, reader, metadata)
        stored = work.store.put_stream(name, reader, size=reader.total, content_type=kind, metadata=metadata)
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


def _put_spooled(work: _Work, name: str, reader: ContentReader, metadata: Mapping[str, str]) -> StoredObject:
    """The server does not say how long the video is: keep it on disk until its end was seen and checked."""
    kind = naming.CONTENT_TYPES[naming.VIDEO]
    with tempfile.TemporaryFile() as spool:
        while block := reader.read(1 << 20):
            spool.write(block)
        size = spool.tell()
        spool.seek(0)
        stored = work.store.put_stream(name, spool, size=size, content_type=kind, metadata=metadata)
    work.stored += stored.size
    return stored


def _store_stills(work: _Work) -> None:
    from airflow_provider_sora.archive.stills import Still, still_from_server, stills_from_video

    work.objects[naming.THUMBNAIL] = work.objects[naming.SPRITESHEET] = None
    if not work.options.stills:
        return
    missing: set[str] = set()
    ready: dict[str, Still] = {}
    for asset in (naming.THUMBNAIL, naming.SPRITESHEET):
        there = work.store.look(work.name(asset))
        if there is not None:
            work.objects[asset] = _entry_of_stored(work, there, asset)
            continue
        still = still_from_server(work.source, work.record.video_id, asset)
        if still is None:
            missing.add(asset)
        else:
            work.fetched += len(still.data)
            ready[asset] = still
    if missing:
        with work.store.local_copy(work.name(naming.VIDEO)) as path:
            ready.update(stills_from_video(path, missing))
    for asset, still in ready.items():
        work.objects[asset] = _put_still(work, asset, still.data, still.origin)


def _put_still(work: _Work, asset: str, data: bytes, origin: str) -> dict[str, Any]:
    name = work.name(asset)
    metadata = object_metadata(work.record, asset) | {"origin": origin}
    try:
        stored = work.store.put_bytes(name, data, content_type=naming.CONTENT_TYPES[asset], metadata=metadata)
    except (NameTakenError, StoreFaultError):
        found = work.store.look(name)
        if found is None:
            raise
        return _entry_of_stored(work, found, asset)
    work.stored += stored.size
    hasher = Hasher()
    hasher.update(data)
    digest = hasher.digest()
    return object_entry(stored, sha256=digest.sha256, crc32c=digest.crc32c, origin=origin)


def _entry_of_stored(work: _Work, found: StoredObject, asset: str) -> dict[str, Any]:
    """A still of an earlier try: not byte-stable, so it is taken as it lies there when it is ours."""
    if not is_ours(found, work.record, asset):
        raise foreign(found, work.record)
    hasher = Hasher()
    hasher.update(work.store.read_bytes(found.name))
    digest = hasher.digest()
    origin = found.metadata.get("origin", "server")
    return object_entry(found, sha256=digest.sha256, crc32c=digest.crc32c, origin=origin)


def inspect_stored(store: ObjectStore, name: str) -> tuple[Digest, MediaInfo]:
    """Read a stored video back, hash it and check that it is whole.

    :raises ContentError: when it is not.
    """
    hasher, walker = Hasher(), BoxWalker()
    for block in store.read_blocks(name):
        hasher.update(block)
        walker.feed(block)
    return hasher.digest(), walker.finish()


def parent_chain(store: ObjectStore, parent_id: str | None) -> list[str]:
    """The parent, its parent and so on, as far as their receipts lie under the same destination."""
    chain: list[str] = []
    if not parent_id:
        return chain
    chain.append(parent_id)
    name = naming.asset_name(parent_id, naming.RECEIPT)
    if store.look(name) is not None:
        older = read_receipt(store.read_bytes(name), name).get("parent_chain") or []
        chain.extend(str(item) for item in older if item not in chain)
    return chain


def request_fingerprint(parts: list[str]) -> str:
    """A short stable id of an ordered list, for things that have no id of a server."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
