"""Read an archive again and say what no longer matches its receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.ownership import SOURCE_ID, plain
from airflow_provider_sora.archive.receipt import media_entry
from airflow_provider_sora.archive.receipts import find_receipts, store_of
from airflow_provider_sora.exceptions import ArchiveError, ContentError
from airflow_provider_sora.media.judge import judge
from airflow_provider_sora.media.media_info import MediaInfo
from airflow_provider_sora.media.mp4 import BoxWalker
from airflow_provider_sora.stores.hashing import Hasher

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore, StoredObject
    from airflow_provider_sora.stores.options import ArchiveOptions


_GONE = "is gone"


@dataclass(frozen=True, slots=True)
class Finding:
    """One object that was checked.

    :param problem: None when it matches its receipt, else what does not.
    :param note: what is to be known of one that is well: that nobody could check the video when it was archived, or
        that it was deleted on purpose.
    """

    uri: str
    video_id: str | None
    asset: str
    size: int
    problem: str | None
    note: str | None = None


def verify(uri: str, options: ArchiveOptions | None = None, *, quick: bool = False) -> Iterator[Finding]:
    """Check every object of every receipt below a prefix, or of the one video that ``uri`` names.

    What a receipt says of a file is compared with the file: hashes, size, type, and of the video its id, duration,
    pictures, sound and C2PA. Prompt, labels, times and cost are the receipt's own word; nothing else states them.

    :param quick: compare what the store states (size, generation, type, crc32c), without reading content.
    :raises ConfigurationError: the place or the credentials are wrong.
    """
    store = store_of(uri, options)
    folders: dict[str, set[str] | None] = {}
    for name, receipt in find_receipts(store, copies=True):
        folder = name.rpartition("/")[0]
        where = store.destination.join(name)
        if isinstance(receipt, ContentError):
            folders[folder] = None  # what belongs there is not known
            yield Finding(where, None, naming.RECEIPT, 0, str(receipt).removeprefix(f"{where} "))
            continue
        entries = {asset: entry for asset, entry in receipt["objects"].items() if entry is not None}
        files = {asset: _file_name(asset, entry) for asset, entry in entries.items()}
        folders[folder] = {*files.values(), naming.FILE_NAMES[naming.RECEIPT]}
        yield Finding(where, receipt["video_id"], naming.RECEIPT, 0, _identity_problem(store, folder, receipt))
        cleaned = store.look(_inside(folder, naming.CLEANED_FILE)) is not None
        for asset, entry in entries.items():
            object_name = _inside(folder, files[asset])
            problem = _object_problem(store, object_name, asset, receipt, quick)
            note = _unchecked(receipt) if asset == naming.VIDEO else None
            if cleaned and problem == _GONE:
                problem, note = None, f"was deleted on purpose, see {naming.CLEANED_FILE} beside it"
            yield Finding(store.destination.join(object_name), receipt["video_id"], asset, entry["size"], problem, note)
    yield from _not_in_a_receipt(store, folders)


def _file_name(asset: str, entry: Mapping[str, Any]) -> str:
    """What the object should be called: as its entry says, if an asset can be called so."""
    return entry["name"] if naming.is_file_name(asset, entry["name"]) else naming.FILE_NAMES[asset]


def _unchecked(receipt: Mapping[str, Any]) -> str | None:
    check = receipt["check"]
    return None if check["result"] == "checked" else f"was kept unchecked: {check['reason']}"


def _not_in_a_receipt(store: ObjectStore, folders: Mapping[str, set[str] | None]) -> Iterator[Finding]:
    """Videos whose archiving was interrupted before its last step, and what somebody else put into a video's folder."""
    for found in store.list():
        folder, _, name = found.name.rpartition("/")
        if folder in folders:
            known = folders[folder]
            if known is not None and name not in known and not naming.is_review_file(name):
                yield Finding(found.uri, None, "", found.size, "is not in the receipt beside it")
        elif naming.is_file_name(naming.VIDEO, name):
            problem = "has no receipt: it is being archived, or its archiving was interrupted: run the task again"
            yield Finding(found.uri, None, naming.VIDEO, found.size, problem)
        elif any(above in folders for above in _parents(folder)):
            yield Finding(found.uri, None, "", found.size, "lies inside a video's folder, where nothing else belongs")


def _parents(folder: str) -> Iterator[str]:
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _inside(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _identity_problem(store: ObjectStore, folder: str, receipt: Mapping[str, Any]) -> str | None:
    """The video's own metadata says whose it is; where a copy has lost it, the folder's name does."""
    video_id = receipt["video_id"]
    entry = receipt["objects"].get(naming.VIDEO) or {"name": naming.FILE_NAMES[naming.VIDEO]}
    video = store.look(_inside(folder, _file_name(naming.VIDEO, entry)))
    source = video.metadata.get(SOURCE_ID) if video is not None else None
    if source is not None:
        return None if source == plain(video_id) else f"video_id: says {video_id!r}, the video's metadata {source!r}"
    own = folder.rpartition("/")[2] or store.destination.prefix.rpartition("/")[2]
    expected = naming.folder_name(video_id)
    return None if own == expected else f"video_id: {video_id!r} belongs in folder {expected!r}, not in {own!r}"


def _object_problem(store: ObjectStore, name: str, asset: str, receipt: Mapping[str, Any], quick: bool) -> str | None:
    entry = receipt["objects"][asset]
    found = store.look(name)
    if found is None:
        return _GONE
    problem = _stated_problem(found, asset, entry)
    if problem is not None or quick:
        return problem
    return _content_problem(store, name, asset, receipt)


def _stated_problem(found: StoredObject, asset: str, entry: Mapping[str, Any]) -> str | None:
    """What the store itself says, against the receipt; what a store does not say cannot differ."""
    if found.size != entry["size"]:
        return f"has {found.size} bytes, the receipt says {entry['size']}"
    # A copy, or an archive that moved, is another object with the same bytes.
    original = found.uri == entry["uri"]
    if original and entry["generation"] and found.generation and found.generation != entry["generation"]:
        return f"was replaced: generation {found.generation}, the receipt says {entry['generation']}"
    if not naming.is_file_name(asset, entry["name"]):
        return f"is called {entry['name']!r} in the receipt"
    kinds = (found.content_type,) if found.content_type else (naming.content_type_of(asset, entry["name"]), None)
    if entry["content_type"] not in kinds:
        return f"content type is {kinds[0]}, the receipt says {entry['content_type']}"
    if found.crc32c not in (None, entry["crc32c"]):
        return f"crc32c is {found.crc32c}, the receipt says {entry['crc32c']}"
    return None


def _content_problem(store: ObjectStore, name: str, asset: str, receipt: Mapping[str, Any]) -> str | None:
    entry = receipt["objects"][asset]
    # The boxes are followed where they were what the video was checked by; the hashes tell the rest.
    by_boxes = asset == naming.VIDEO and receipt["check"]["by"] == "boxes"
    hasher, walker = Hasher(), BoxWalker() if by_boxes else None
    broken: str | None = None
    try:
        for block in store.read_blocks(name):
            hasher.update(block)
            if walker is not None and broken is None:
                try:
                    walker.feed(block)
                except ContentError as error:
                    broken = str(error)
    except ArchiveError as error:
        return f"cannot be read: {error}"
    digest = hasher.digest()
    if digest.sha256 != entry["sha256"]:
        return f"was changed: sha256 is {digest.sha256}, the receipt says {entry['sha256']}"
    if digest.crc32c != entry["crc32c"]:
        return f"crc32c is {digest.crc32c}, the receipt says {entry['crc32c']}"
    if asset == naming.VIDEO and receipt["check"]["by"] == "decoder":
        return _decoded_problem(store, name, receipt)
    if walker is None or broken is not None:
        return broken
    try:
        media = walker.finish()
    except ContentError as error:
        return str(error)
    return _media_problem(media, receipt)


def _decoded_problem(store: ObjectStore, name: str, receipt: Mapping[str, Any]) -> str | None:
    """As :func:`_media_problem`, for a video that a decoder vouched for; nothing where there is none here."""
    with store.local_copy(name) as path:
        try:
            verdict = judge(path, announced=True)
        except ContentError as error:
            return str(error)
    return None if verdict.by is None else _media_problem(verdict.media, receipt)


def _media_problem(media: MediaInfo, receipt: Mapping[str, Any]) -> str | None:
    """The first thing that the file says otherwise than the receipt."""
    in_file = {**media_entry(media), "c2pa_manifest": media.c2pa}
    said = {**receipt["media"], "c2pa_manifest": receipt["provenance"]["c2pa_manifest"]}
    for key, value in in_file.items():
        if said[key] != value:
            return f"{key} is {value} in the file, the receipt says {said[key]}"
    return None
