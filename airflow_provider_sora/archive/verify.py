"""Read an archive again and say what no longer matches its receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.hashing import Hasher
from airflow_provider_sora.archive.mp4 import BoxWalker
from airflow_provider_sora.archive.receipts import find_receipts, store_of
from airflow_provider_sora.exceptions import ArchiveError, ContentError

if TYPE_CHECKING:
    from airflow_provider_sora.archive.options import ArchiveOptions
    from airflow_provider_sora.archive.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Finding:
    """One object that was checked.

    :param problem: None when it matches its receipt, else what does not.
    """

    uri: str
    video_id: str | None
    asset: str
    size: int
    problem: str | None


def verify(uri: str, options: ArchiveOptions | None = None, *, quick: bool = False) -> Iterator[Finding]:
    """Check every object of every receipt below a prefix, or of the one video that ``uri`` names.

    :param quick: compare size, generation and crc32c as the store states them, without reading content.
    :raises ConfigurationError: the place or the credentials are wrong.
    """
    store = store_of(uri, options)
    with_receipt: set[str] = set()
    for name, receipt in find_receipts(store):
        with_receipt.add(name.rpartition("/")[0])
        where = store.destination.join(name)
        if isinstance(receipt, ContentError):
            yield Finding(where, None, naming.RECEIPT, 0, str(receipt))
            continue
        problem = _form_problem(receipt)
        yield Finding(where, receipt["video_id"], naming.RECEIPT, 0, problem)
        if problem is not None:
            continue
        folder = name.rpartition("/")[0]
        for asset, entry in receipt["objects"].items():
            if entry is not None:
                object_name = f"{folder}/{entry['name']}" if folder else entry["name"]
                problem = _object_problem(store, object_name, asset, entry, quick)
                yield Finding(store.destination.join(object_name), receipt["video_id"], asset, entry["size"], problem)
    yield from _without_receipt(store, with_receipt)


def _without_receipt(store: ObjectStore, with_receipt: set[str]) -> Iterator[Finding]:
    """Videos whose archiving was interrupted before its last step."""
    for found in store.list():
        folder, _, name = found.name.rpartition("/")
        if name == naming.FILE_NAMES[naming.VIDEO] and folder not in with_receipt:
            problem = "has no receipt: its archiving was interrupted; let the archive task run again"
            yield Finding(found.uri, None, naming.VIDEO, found.size, problem)


def _form_problem(receipt: Mapping[str, Any]) -> str | None:
    """What the published schema objects to, where a validator is installed; else the bare needs of this check."""
    try:
        import jsonschema
    except ImportError:
        entries = [entry for entry in receipt["objects"].values() if entry is not None]
        whole = all({"name", "size", "crc32c", "sha256"} <= set(entry) for entry in entries)
        return None if whole else "the receipt lacks facts about its objects"
    from airflow_provider_sora.archive.receipt import receipt_schema

    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(receipt_schema()).iter_errors(receipt))
    if error is None:
        return None
    where = "/".join(str(part) for part in error.absolute_path) or "the receipt"
    return f"{where}: {error.message[:200]}"


def _object_problem(store: ObjectStore, name: str, asset: str, entry: Mapping[str, Any], quick: bool) -> str | None:
    found = store.look(name)
    if found is None:
        return "is gone"
    if found.size != entry["size"]:
        return f"has {found.size} bytes, the receipt says {entry['size']}"
    if entry["generation"] and found.generation and found.generation != entry["generation"]:
        return f"was replaced: generation {found.generation}, the receipt says {entry['generation']}"
    if quick:
        differs = found.crc32c not in (None, entry["crc32c"])
        return f"crc32c is {found.crc32c}, the receipt says {entry['crc32c']}" if differs else None
    return _content_problem(store, name, asset, entry)


def _content_problem(store: ObjectStore, name: str, asset: str, entry: Mapping[str, Any]) -> str | None:
    hasher, walker = Hasher(), BoxWalker() if asset == naming.VIDEO else None
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
    return broken
