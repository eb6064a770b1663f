"""Everything in an archive that is about one subject: its clips, all that lies beside them, and what leads there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.receipts import find_receipts
from airflow_provider_sora.campaigns.plan import SUBJECT
from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.pages.campaign import MANIFEST
from airflow_provider_sora.pages.index.building import JSON_NAME
from airflow_provider_sora.runs.remembered.made import marker_name

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore


@dataclass(frozen=True, slots=True)
class Clip:
    """An archived clip, or an approved copy of one.

    :param folder: relative to the archive's prefix.
    :param objects: names of all objects in it, the receipt last: as long as that is there, the clip is found again.
    :param markers: names of objects by which runs remember it.
    """

    receipt: dict[str, Any] = field(repr=False)
    folder: str
    objects: tuple[str, ...]
    markers: tuple[str, ...] = ()

    @property
    def video_id(self) -> str:
        return str(self.receipt["video_id"])

    @property
    def receipt_name(self) -> str:
        return self.objects[-1]


@dataclass(slots=True)
class About:
    """What there is about a subject.

    :param pages: names of ``index.json`` and ``manifest.json`` objects that lead to its clips.
    :param unread: receipts that cannot be read: whose clips they are cannot be told.
    :param made_of: receipts of films and copies made of its clips that do not have the subject themselves.
    """

    clips: list[Clip] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    made_of: list[str] = field(default_factory=list)


def look_for(store: ObjectStore, subject: str, also: Set[str] = frozenset()) -> About:
    """Read every receipt and every index below the store's prefix.

    :param also: addresses of clips that may be gone, to which a page may still lead.

    :raises ConfigurationError: the place or the credentials are wrong.
    :raises ArchiveError: the store failed; a later look sees the same.
    """
    found = About()
    parts: dict[str, set[str]] = {}
    for name, receipt in find_receipts(store, copies=True):
        if isinstance(receipt, ContentError):
            found.unread.append(store.destination.join(name))
        elif receipt["labels"].get(SUBJECT) == subject:
            folder = name.rpartition("/")[0]
            objects = [there.name for there in store.list(f"{folder}/" if folder else "") if there.name != name]
            markers = tuple(marker for marker in _markers(name, receipt) if store.look(marker) is not None)
            found.clips.append(Clip(receipt, folder, (*objects, name), markers))
        elif receipt.get("parts"):
            parts[name] = {str(part.get("video_id")) for part in receipt["parts"]}
    ids = {clip.video_id for clip in found.clips}
    found.made_of = [store.destination.join(name) for name, made_of in parts.items() if made_of & ids]
    addresses = {str(clip.receipt["objects"][naming.VIDEO]["uri"]) for clip in found.clips} | also
    found.pages = [name for name in _documents(store) if _leads_to(store, name, addresses)] if addresses else []
    return found


def _markers(name: str, receipt: dict[str, Any]) -> Iterator[str]:
    if naming.is_approved_copy(name):
        return  # it is remembered by the clip that it is a copy of
    marker, dag_id = marker_name(receipt["labels"]), receipt["run"].get("dag_id")
    if marker and dag_id:
        yield f"state/{dag_id}/clips/{marker}.json"


def _documents(store: ObjectStore) -> Iterator[str]:
    yield from (there.name for there in store.list() if there.name.rpartition("/")[2] in (JSON_NAME, MANIFEST))


def _leads_to(store: ObjectStore, name: str, addresses: set[str]) -> bool:
    try:
        document = json.loads(store.read_bytes(name))
        clips = [entry.get("uri") for entry in document.get("videos", ())]
        clips += [entry.get("address") for entry in document.get("clips", ())]
        clips += [entry.get("clip_uri") for entry in document.get("skipped", ())]
    except (ValueError, AttributeError, TypeError):
        return False  # somebody else's document of that name
    return any(clip in addresses for clip in clips)
