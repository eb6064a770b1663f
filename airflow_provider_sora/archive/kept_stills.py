"""Get thumbnail and spritesheet into the store, whoever drew them, and other small files beside a video."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.ownership import foreign, is_ours, object_metadata
from airflow_provider_sora.archive.receipt import object_entry
from airflow_provider_sora.archive.server_stills import still_from_server
from airflow_provider_sora.archive.small import put_small
from airflow_provider_sora.archive.work import Work
from airflow_provider_sora.media.stills import Still, can_make_stills, stills_from_video
from airflow_provider_sora.stores.contract import StoredObject
from airflow_provider_sora.stores.hashing import Hasher


def store_stills(work: Work) -> None:
    """Fill ``work.objects`` with both stills; None where there is none to be had. None is made from an unchecked video.

    :raises ForeignObjectError: a still's name is taken by something else.
    :raises ArchiveError: the store failed.
    """
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
    if missing and work.checked and can_make_stills():  # asked before a bucket's whole video is copied for it
        with work.store.local_copy(work.name(naming.VIDEO)) as path:
            ready.update(stills_from_video(path, missing))
    for asset, still in ready.items():
        work.objects[asset] = store_small(work, asset, still.data, still.origin)


def store_small(work: Work, asset: str, data: bytes, origin: str) -> dict[str, Any]:
    """Store a small file beside the video, once, and return its entry in the receipt.

    :raises ForeignObjectError: its name is taken by something else.
    :raises ArchiveError: the store failed.
    """
    metadata = object_metadata(work.record, asset) | {"origin": origin}
    stored, ours = put_small(work, asset, data, metadata)
    if not ours:
        return _entry_of_stored(work, stored, asset)
    work.stored += stored.size
    hasher = Hasher()
    hasher.update(data)
    digest = hasher.digest()
    return object_entry(stored, sha256=digest.sha256, crc32c=digest.crc32c, origin=origin)


def _entry_of_stored(work: Work, found: StoredObject, asset: str) -> dict[str, Any]:
    """A still of an earlier try: not byte-stable, so it is taken as it lies there when it is ours."""
    if not is_ours(found, work.record, asset):
        raise foreign(found, work.record)
    hasher = Hasher()
    hasher.update(work.store.read_bytes(found.name))
    digest = hasher.digest()
    origin = found.metadata.get("origin", "server")
    return object_entry(found, sha256=digest.sha256, crc32c=digest.crc32c, origin=origin)
