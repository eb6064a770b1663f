"""What may go below a prefix: one listing, every receipt, and the decisions of the clips that have any."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.facts import facts_in
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.archive.receipts import is_copy
from airflow_provider_sora.archive.stages import DRAFT_ID
from airflow_provider_sora.caps.book_entries import FOLDER as SPENDING_FOLDER
from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.retention.what import (
    DRAFTS,
    REJECTS,
    REMOTE,
    SPENDING,
    STATE,
    UNANSWERED,
    Candidate,
    may_go,
    old_states,
    remote_may_go,
)
from airflow_provider_sora.review.decisions import Trail
from airflow_provider_sora.review.place import trail_in

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore, StoredObject

#: Folders of what every run writes anew: ``state/{dag_id}/turns/20261127T090000Z-….json``.
_STATE = re.compile(r"(?:.*/)?state/[^/]+/(?:turns|current)/[^/]+\.json")
_SPENDING = re.compile(rf"((?:.*/)?{SPENDING_FOLDER}/\d{{4}}-\d\d)(?:-keys(?:/[^/]+)?|-\d{{5}})?/[^/]+\.json")


@dataclass(slots=True)
class Found:
    """What may go, and what could not be judged: address and reason."""

    candidates: list[Candidate] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Archive:
    """A listing, sorted by what its objects are."""

    objects: dict[str, StoredObject] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)
    decided: set[str] = field(default_factory=set)
    states: dict[str, list[str]] = field(default_factory=dict)
    spending: dict[str, list[str]] = field(default_factory=dict)


def find(store: ObjectStore, what: Collection[str], before: datetime) -> Found:
    """All that may go.

    :param what: keys of :data:`~airflow_provider_sora.retention.what.LATER`.
    :param before: what has been so since this moment may go.
    :raises ConfigurationError: the place or the credentials are wrong.
    :raises ArchiveError: the store failed.
    """
    archive, found = _listed(store), Found()
    if {REJECTS, DRAFTS, UNANSWERED, REMOTE} & set(what):
        _clips(store, archive, what, before, found)
    if STATE in what:
        for _, names in sorted(archive.states.items()):
            found.candidates += [_plain(store, archive, STATE, [name]) for name in old_states(names, before)]
    if SPENDING in what:
        for month, names in sorted(archive.spending.items()):
            if month.rpartition("/")[2] < f"{before:%Y-%m}":
                found.candidates.append(_plain(store, archive, SPENDING, names, month))
    return found


def _listed(store: ObjectStore) -> _Archive:
    archive = _Archive()
    for found in store.list():
        archive.objects[found.name] = found
        folder, _, name = found.name.rpartition("/")
        if name == naming.FILE_NAMES[naming.RECEIPT]:
            archive.receipts.append(found.name)
        elif naming.is_decision(name):
            archive.decided.add(folder)
        elif _STATE.fullmatch(found.name):
            archive.states.setdefault(folder, []).append(found.name)
        elif spent := _SPENDING.fullmatch(found.name):
            archive.spending.setdefault(spent[1], []).append(found.name)
    return archive


def _clips(store: ObjectStore, archive: _Archive, what: Collection[str], before: datetime, found: Found) -> None:
    clips: list[tuple[str, dict[str, Any], Trail]] = []
    finals: dict[str, str] = {}
    joined: set[str] = set()
    for name in archive.receipts:
        folder, where = name.rpartition("/")[0], store.destination.join(name)
        try:
            receipt = read_receipt(store.read_bytes(name), where)
            if is_copy(name, receipt):
                continue
            trail = trail_in(store, folder) if folder in archive.decided else Trail()
        except ContentError as error:
            found.problems.append((where, str(error)))
            continue
        clips.append((folder, receipt, trail))
        facts = facts_in(receipt)
        if draft := facts.labels.get(DRAFT_ID):
            finals[draft] = facts.archived_at
        joined |= {str(part.get("video_id")) for part in receipt["parts"]}
    for folder, receipt, trail in clips:
        facts = facts_in(receipt)
        told = may_go(folder, facts, trail, finals, before)
        # Those of a call that did not come to its end are there still, and found again.
        names = tuple(_kept(folder, receipt, archive))
        # Of a film people look at the cut; its scenes, which nobody decides about, are joined again in the next one.
        if told is not None and told[0] == UNANSWERED and facts.video_id in joined:
            continue
        if told is not None and told[0] in what and names:
            found.candidates.append(_clip(store, archive, told[0], folder, receipt, trail, names, told[1]))
        if REMOTE in what and remote_may_go(folder, facts, trail, before):
            gone = f"{folder}/{naming.REMOTE_GONE_FILE}" in archive.objects
            whole = facts.uri.rpartition("/")[2] in {
                name.rpartition("/")[2] for name in _kept(folder, receipt, archive)
            }
            if not gone and whole and receipt["server"].get("sora_conn_id"):
                found.candidates.append(_clip(store, archive, REMOTE, folder, receipt, trail, (), facts.archived_at))


def _kept(folder: str, receipt: dict[str, Any], archive: _Archive) -> Iterator[str]:
    """The objects of a receipt that are there, and are what it says: nothing else in a clip's folder is touched."""
    for asset, entry in receipt["objects"].items():
        if entry and naming.is_file_name(asset, str(entry["name"])):
            there = archive.objects.get(f"{folder}/{entry['name']}" if folder else str(entry["name"]))
            if there is not None and there.size == entry["size"]:
                yield there.name


def _clip(
    store: ObjectStore,
    archive: _Archive,
    what: str,
    folder: str,
    receipt: dict[str, Any],
    trail: Trail,
    names: tuple[str, ...],
    since: str,
) -> Candidate:
    size = sum(archive.objects[name].size for name in names)
    where, video_id = store.destination.join(folder), str(receipt["video_id"])
    return Candidate(what, where, names, size, since, folder, video_id, len(trail.decisions), receipt)


def _plain(store: ObjectStore, archive: _Archive, what: str, names: list[str], folder: str = "") -> Candidate:
    size = sum(archive.objects[name].size for name in names)
    since = max(str(archive.objects[name].written_at or "") for name in names)
    return Candidate(what, store.destination.join(folder or names[0]), tuple(sorted(names)), size, since)
