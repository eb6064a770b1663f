"""What an approval copies, within the store, and what a withdrawal takes away again. Both are safe to repeat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.ownership import ASSET, SOURCE_ID, is_ours, object_metadata
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, DecisionRefusedError, ForeignObjectError
from airflow_provider_sora.review.decisions import WITHDRAWN, Trail, told
from airflow_provider_sora.review.place import Place, read_trail
from airflow_provider_sora.review.publish import PUBLISH, publish_note
from airflow_provider_sora.stores.contract import NameTakenError, StoredObject, StoreFaultError

REMOVE, KEEP = "remove", "keep"


@dataclass(frozen=True, slots=True)
class Published:
    """An approved clip's copy.

    :param uri: of the copied video; ``publish_uri``: of the small JSON beside it.
    :param copied: how many objects this call put there; 0 when all were there already.
    """

    uri: str
    publish_uri: str
    copied: int


def promote(place: Place, trail: Trail) -> Published:
    """Copy an approved clip to where publishable clips lie. Nothing is downloaded, and nothing there is overwritten.

    The note ``publish.json`` comes last: whoever finds it finds all the rest.

    :raises DecisionRefusedError: it is not approved, or was withdrawn meanwhile, or other bytes were approved.
    :raises ForeignObjectError: one of the names is taken by something else, which was not touched.
    :raises ArchiveError: the store failed, or the clip is not what was archived; a retry copies only what is missing.
    """
    if place.is_draft:
        raise DecisionRefusedError(
            f"Video {place.video_id} is a draft: its approval permits a final and publishes nothing. Nothing was "
            "copied.",
            video_id=place.video_id,
        )
    approval = trail.last
    if approval is None or not trail.publishable or approval.sha256 != place.sha256:
        raise DecisionRefusedError(
            f"{told(trail)} {trail.lacks or 'That is no approval of these bytes'}. Nothing was copied.",
            video_id=place.video_id,
        )
    copied = sum(_copy(place, asset, name, facts) for asset, name, facts in _objects(place))
    note = f"{place.approved}/{naming.PUBLISH_FILE}"
    copied += _put_note(place, note, publish_note(place, trail))
    _check_still_approved(place, trail, note)
    return Published(place.store.destination.join(_video(place)), place.store.destination.join(note), copied)


def withdraw_copy(place: Place, trail: Trail, *, copy: str = REMOVE) -> int:
    """Take back what :func:`promote` put there, and return how many objects went. The clip itself stays where it is.

    :param copy: ``remove`` all of it, or ``keep`` video, stills and receipt for those who must be able to show what
        was published. ``publish.json``, by which others publish, always goes, and goes first.
    :raises DecisionRefusedError: the clip was not withdrawn.
    :raises ForeignObjectError: something else lies under one of the names; it was not touched.
    :raises ArchiveError: the store failed; a retry takes away what is left.
    """
    if copy not in (REMOVE, KEEP):
        raise ConfigurationError(f"[sora] withdrawn must be {REMOVE} or {KEEP}, not {copy!r}. Nothing was removed.")
    if trail.state != WITHDRAWN:
        raise DecisionRefusedError(f"{told(trail)} It was not withdrawn, so its copy stays.", video_id=place.video_id)
    gone = _remove(place, PUBLISH, f"{place.approved}/{naming.PUBLISH_FILE}")
    if copy == REMOVE:
        for asset, name, _ in _objects(place):
            gone += _remove(place, asset, name)
    return gone


def _video(place: Place) -> str:
    return f"{place.approved}/{place.receipt['objects'][naming.VIDEO]['name']}"


def _objects(place: Place) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Asset, name of the copy, and what is known of the original; the receipt last."""
    for asset in (name for name in naming.FILE_NAMES if name != naming.RECEIPT):
        entry = place.receipt["objects"].get(asset)
        # A receipt may name anything; only what is called as it should be is looked for.
        if entry and naming.is_file_name(asset, str(entry["name"])):
            yield asset, f"{place.approved}/{entry['name']}", entry
    yield naming.RECEIPT, f"{place.approved}/{naming.FILE_NAMES[naming.RECEIPT]}", {}


def _copy(place: Place, asset: str, name: str, facts: dict[str, Any]) -> int:
    source = place.store.look(f"{place.folder}/{name.rpartition('/')[2]}")
    if source is None or not _is(source, facts):
        raise ArchiveError(
            f"{place.store.destination.join(place.folder)}: {name.rpartition('/')[2]} is "
            f"{'gone' if source is None else 'not what was archived'}. The clip is approved, but was not copied for "
            "publishing. Bring the archived file back, then let the task run again.",
            video_id=place.video_id,
        )
    there = place.store.look(name)
    if there is None:
        try:
            there = place.store.copy(
                source.name,
                name,
                content_type=source.content_type or "application/octet-stream",
                metadata=object_metadata(place.record, asset) | dict(source.metadata),
            )
        except (NameTakenError, StoreFaultError):
            there = place.store.look(name)
            if there is None:
                raise
        else:
            _check_copy(place, asset, there, source)
            return 1
    _check_copy(place, asset, there, source)
    return 0


def _check_copy(place: Place, asset: str, there: StoredObject, source: StoredObject) -> None:
    if not is_ours(there, place.record, asset):
        raise _foreign(place, there)
    if not _is(there, {"size": source.size, "crc32c": source.crc32c}):
        raise ArchiveError(
            f"{there.uri} is not what {source.uri} is. The clip is approved, but not published: somebody changed the "
            "copy. Remove it, then let the task run again.",
            video_id=place.video_id,
        )


def _is(found: StoredObject, facts: dict[str, Any]) -> bool:
    """As far as the store and the record tell sizes and checksums."""
    return facts.get("size") in (None, found.size) and (
        found.crc32c is None or facts.get("crc32c") in (None, found.crc32c)
    )


def _put_note(place: Place, name: str, data: bytes) -> int:
    metadata = object_metadata(place.record, PUBLISH)
    try:
        place.store.put_bytes(name, data, content_type="application/json", metadata=metadata)
        return 1
    except (NameTakenError, StoreFaultError):
        there = place.store.look(name)
        if there is None:
            raise
        if not is_ours(there, place.record, PUBLISH):
            raise _foreign(place, there) from None
        if place.store.read_bytes(name) != data:
            raise ArchiveError(
                f"{there.uri} tells of another approval of this clip, or was changed. The clip is approved, but not "
                "announced. Remove that file, then let the task run again.",
                video_id=place.video_id,
            ) from None
        return 0


def _check_still_approved(place: Place, trail: Trail, note: str) -> None:
    """Who withdrew while this copied has found nothing to take away: the note must not outlive that."""
    now = read_trail(place)
    if now.state == WITHDRAWN and now.decisions[: len(trail.decisions)] == trail.decisions:
        _remove(place, PUBLISH, note)
        raise DecisionRefusedError(f"{told(now)} It is not published.", video_id=place.video_id)


def _remove(place: Place, asset: str, name: str) -> int:
    # The one call of the product that deletes from an archive: never above the copies.
    if not name.startswith(f"{naming.APPROVED}/"):
        raise ArchiveError(f"{name} is no approved copy and was not removed.", video_id=place.video_id)
    there = place.store.look(name)
    if there is None:
        return 0
    if not is_ours(there, place.record, asset):
        raise _foreign(place, there)
    place.store.delete(name)
    return 1


def _foreign(place: Place, there: StoredObject) -> ForeignObjectError:
    owner = there.metadata.get(SOURCE_ID)
    whose = f"is {there.metadata.get(ASSET)} of video {owner}" if owner else "was not stored by this provider"
    return ForeignObjectError(
        f"{there.uri} is taken: it {whose}. It was not touched; video {place.video_id} lies unchanged in "
        f"{place.store.destination.join(place.folder)}. Move that object, then clear the task.",
        video_id=place.video_id,
    )
