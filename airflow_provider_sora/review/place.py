"""Where a clip lies, where its approved copy goes, and its trail: reading and create-only writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.ownership import object_metadata
from airflow_provider_sora.archive.receipt import read_receipt, record_in
from airflow_provider_sora.archive.stages import is_draft
from airflow_provider_sora.exceptions import ConfigurationError, ContentError, DecisionRefusedError
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.review.decisions import Decision, Trail, check_follows, read_decision, to_bytes, told
from airflow_provider_sora.stores.contract import NameTakenError, StoreFaultError
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.options import ArchiveOptions

_DECISION = "decision-"


@dataclass(frozen=True, slots=True)
class Place:
    """An archived clip.

    :param store: its prefix holds both the clip and its approved copy.
    :param folder: where the clip lies, relative to the store; ``approved``: where its copy goes.
    """

    store: ObjectStore
    folder: str
    approved: str
    receipt: dict[str, Any]

    @property
    def video_id(self) -> str:
        return str(self.receipt["video_id"])

    @property
    def sha256(self) -> str:
        """Of the video's bytes, as they were archived."""
        return str(self.receipt["objects"][naming.VIDEO]["sha256"])

    @property
    def is_draft(self) -> bool:
        """Whether an approval of it permits a final, and nothing else."""
        return is_draft(self.receipt["labels"])

    @property
    def receipt_uri(self) -> str:
        return self.store.destination.join(f"{self.folder}/{naming.FILE_NAMES[naming.RECEIPT]}")

    @property
    def record(self) -> VideoRecord:
        """As its receipt describes it, without addresses."""
        return record_in(self.receipt)


def open_place(receipt_uri: str, options: ArchiveOptions | None = None) -> Place:
    """A clip by the address of its receipt.

    :raises ConfigurationError: it is no receipt's address, or the credentials are wrong.
    :raises ArchiveError: there is no such receipt, it is damaged, or the store failed.
    """
    prefix, name = split_object_uri(receipt_uri)
    if name != naming.FILE_NAMES[naming.RECEIPT]:
        raise ConfigurationError(
            f"{receipt_uri!r} is no receipt's address. Nothing was decided. Give the receipt_uri of an archived video."
        )
    root, folder, approved = naming.approved_folder(prefix)
    store = open_store(root, options)
    receipt = read_receipt(store.read_bytes(f"{folder}/{name}"), receipt_uri)
    return Place(store, folder, approved, receipt)


def read_trail(place: Place) -> Trail:
    """All decisions about a clip.

    :raises ContentError: one is damaged or missing between others: what stands in the trail cannot be told then.
    :raises ArchiveError: the store failed.
    """
    return trail_in(place.store, place.folder)


def trail_in(store: ObjectStore, folder: str) -> Trail:
    """As :func:`read_trail`, by the clip's folder alone: for who looks at many clips and has read their receipts."""
    names = [found.name for found in store.list(f"{folder}/{_DECISION}")]
    decisions = [read_decision(store.read_bytes(name), store.destination.join(name)) for name in names]
    if [decision.number for decision in decisions] != list(range(1, len(decisions) + 1)):
        raise ContentError(
            f"Of the decisions in {store.destination.join(folder)} one is missing: there are "
            f"{', '.join(name.rpartition('/')[2] for name in names)}. Nothing was decided or published. Bring it back."
        )
    return Trail(tuple(decisions))


def record_decision(place: Place, seen: Trail, decision: Decision) -> Trail:
    """Write a decision behind those that its maker has seen. Done again by a retry, it finds its own.

    :raises DecisionRefusedError: it cannot follow what was seen, somebody else was faster, or the clip's bytes are not
        those that were shown.
    :raises ArchiveError: the store failed; nothing is decided, or a retry finds what was written.
    """
    check_follows(seen, decision)
    if decision.sha256 != place.sha256:
        raise DecisionRefusedError(
            f"The clip in {place.store.destination.join(place.folder)} is not the one that was shown (sha256 "
            f"{place.sha256[:12]} and {decision.sha256[:12]}). Nothing was decided. Look again.",
            video_id=decision.video_id,
        )
    name = f"{place.folder}/{naming.decision_name(decision.number)}"
    metadata = object_metadata(place.record, "decision")
    try:
        place.store.put_bytes(name, to_bytes(decision), content_type="application/json", metadata=metadata)
    except (NameTakenError, StoreFaultError):
        now = read_trail(place)
        if decision in now.decisions:
            return now
        if len(now.decisions) < decision.number:
            raise
        raise DecisionRefusedError(
            f"{told(now)} That was first; the answer of {decision.who} ({decision.state}) was not taken. Nothing was "
            "published by it.",
            video_id=decision.video_id,
        ) from None
    return Trail((*seen.decisions, decision))
