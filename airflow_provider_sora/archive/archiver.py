"""Archive one video: look first, stream once, settle every doubt by looking again, write the receipt last."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.copying.transfer import store_video
from airflow_provider_sora.archive.kept_stills import store_small, store_stills
from airflow_provider_sora.archive.ownership import foreign, is_ours, object_metadata
from airflow_provider_sora.archive.receipt import build_receipt, object_entry, read_receipt, to_bytes
from airflow_provider_sora.archive.small import put_small
from airflow_provider_sora.archive.work import Work
from airflow_provider_sora.exceptions import ArchiveError, ContentError
from airflow_provider_sora.media.media_info import MediaInfo
from airflow_provider_sora.protocol.answers.job import number
from airflow_provider_sora.stores.contract import ObjectStore
from airflow_provider_sora.stores.destination import parse_destination
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.content.source import ContentSource
    from airflow_provider_sora.record import VideoRecord


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


def archive_video(
    source: ContentSource,
    record: VideoRecord,
    *,
    destination: str,
    options: ArchiveOptions | None = None,
    run: Mapping[str, Any] | None = None,
    log: Any = None,
    complete: Callable[[VideoRecord], VideoRecord] | None = None,
    store: ObjectStore | None = None,
    kind: str = "video",
    parts: Sequence[Mapping[str, Any]] = (),
    parent_chain: Sequence[str] | None = None,
    origin: str = "server",
    beside: Callable[[], Mapping[str, bytes]] | None = None,
) -> ArchiveResult:
    """Store a finished video with stills and receipt under ``destination``; a repeated call moves no content.

    :param source: opens the content (the hook is one).
    :param destination: prefix such as ``gs://bucket/clips``; see :mod:`airflow_provider_sora.archive.naming`.
    :param run: ``dag_id``, ``run_id``, ``task_id``, ``map_index``, ``try_number`` for the receipt.
    :param complete: called only when something is to be stored: fills in what the server knows of the video.
    :param store: an opened store for ``destination``, to use instead of opening one.
    :param kind: ``"video"``, or ``"final_cut"`` and ``"derived"`` whose ``parts`` the receipt lists.
    :param origin: who made the video's bytes, in the receipt's words.
    :param beside: called once the video is stored: captions to keep beside it, by asset.
    :param parent_chain: ids this video descends from, nearest first; None looks the parents' receipts up.
    :raises ConfigurationError: destination, bucket or permission is wrong.
    :raises ForeignObjectError: a name is taken by something that is not this video; it was not touched.
    :raises VideoExpiredError: the server no longer has the content.
    :raises ContentError: what the server sent is no whole video; nothing was stored.
    :raises ArchiveError: the store failed; a retry costs no second render.
    """
    options = options or ArchiveOptions()
    options.check_for(parse_destination(destination))
    work = Work(
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
        work.record = complete(record)
    stored = store_video(work)
    digest, verdict = stored.digest, stored.verdict
    work.objects[naming.VIDEO] = object_entry(stored.found, sha256=digest.sha256, crc32c=digest.crc32c, origin=origin)
    work.checked = verdict.by is not None
    if not work.checked:
        work.log.warning(
            "Video %s is kept as it came, but nobody could check it: %s. It lies in %s. It is paid for; no second "
            "render is made. Next: look at it before you use it.",
            record.video_id,
            verdict.reason,
            stored.found.uri,
        )
    store_stills(work)
    for asset, data in (beside() if beside is not None else {}).items():
        work.objects[asset] = store_small(work, asset, data, "made_from_video")
    receipt = build_receipt(
        work.record,
        media=verdict.media,
        check=verdict.entry(),
        objects=work.objects,
        run=run,
        parent_chain=_parents(work) if parent_chain is None else parent_chain,
        actual_usd=number(work.record.returned.get("cost_usd")),
        prompt_storage=options.prompt_storage,
        kind=kind,
        parts=parts,
    )
    return _write_receipt(work, receipt, verdict.media)


def _write_receipt(work: Work, receipt: dict[str, Any], media: MediaInfo) -> ArchiveResult:
    metadata = object_metadata(work.record, naming.RECEIPT)
    there, ours = put_small(work, naming.RECEIPT, to_bytes(receipt), metadata)
    if not ours:
        done = _finished_before(work)
        if done is None:
            raise ArchiveError(
                f"{there.uri} vanished right after it was seen. The video is stored. A retry costs no second render.",
                video_id=work.record.video_id,
            )
        return done
    return ArchiveResult(_filled(work, receipt), receipt, work.stored, work.fetched, media)


def _finished_before(work: Work) -> ArchiveResult | None:
    """The result of an earlier call whose receipt is there, told from metadata alone."""
    found = work.store.look(work.name(naming.RECEIPT))
    if found is None:
        return None
    if not is_ours(found, work.record, naming.RECEIPT):
        raise foreign(found, work.record)
    try:
        receipt = read_receipt(work.store.read_bytes(found.name), found.uri)
    except ContentError as error:
        raise ContentError(
            f"{error} Nothing was changed, and no second render is made. Where it is damaged, bring back an earlier "
            "version of it, or move it away: the task then writes it anew from the stored video.",
            video_id=work.record.video_id,
        ) from error
    entry = receipt["objects"].get(naming.VIDEO) or {}
    work.video_file = str(entry.get("name") or work.video_file)
    video = work.store.look(work.name(naming.VIDEO))
    if video is None or video.size != entry.get("size") or video.crc32c not in (None, entry.get("crc32c")):
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


def _filled(work: Work, receipt: Mapping[str, Any]) -> VideoRecord:
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


def _parents(work: Work) -> list[str]:
    """The parent, its parent and so on, as far as their receipts lie under the same destination and can be read."""
    parent_id = work.record.parent_id
    if not parent_id:
        return []
    name = naming.asset_name(parent_id, naming.RECEIPT)
    older: list[str] = []
    try:
        if work.store.look(name) is not None:
            found = read_receipt(work.store.read_bytes(name), work.store.destination.join(name))
            older = [str(item) for item in found.get("parent_chain") or []]
    except ContentError as error:
        # A neighbour's damaged receipt is no reason to leave a paid video without one.
        work.log.warning("The receipt names the parent only, not what that one descends from: %s", error)
    return list(dict.fromkeys([parent_id, *older]))
