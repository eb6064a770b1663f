"""Deleting what was found: noted before it goes, judged once more, and gone on with after a failure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.ownership import object_metadata
from airflow_provider_sora.archive.receipt import record_in
from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.retention.what import REMOTE, Candidate
from airflow_provider_sora.review.place import trail_in

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore

SCHEMA = "urn:airflow-provider-sora:cleaned:1"


def clean(store: ObjectStore, candidate: Candidate) -> str:
    """Delete one thing; gives one sentence on what was done.

    Of a clip, a note (``cleaned.json``: what went, when, as what) is written first, so that a receipt never speaks of
    what is gone without a reason beside it. Receipt and decisions stay.

    :raises ArchiveError: the store failed, or the clip was decided about meanwhile and stays; a repetition goes on.
    :raises SoraError: of a server's copy, what the server said.
    """
    if candidate.folder is None:
        for name in candidate.names:
            store.delete(name)
        return f"{len(candidate.names)} objects deleted"
    _still_so(store, candidate)
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    if candidate.what == REMOTE:
        from airflow_provider_sora.retention.remote import delete_copy

        said = delete_copy(candidate)
        _note(store, candidate, naming.REMOTE_GONE_FILE, {"at": moment, "said": said})
        return said
    gone = [entry for entry in candidate.receipt["objects"].values() if entry]
    facts = [{key: entry[key] for key in ("name", "size", "sha256")} for entry in gone]
    _note(store, candidate, naming.CLEANED_FILE, {"at": moment, "as": candidate.what, "objects": facts})
    for name in candidate.names:
        store.delete(name)
    return f"{len(candidate.names)} objects deleted"


def _still_so(store: ObjectStore, candidate: Candidate) -> None:
    decisions = len(trail_in(store, str(candidate.folder)).decisions)
    if decisions != candidate.decisions:
        raise ArchiveError(
            f"{candidate.where}: somebody has decided about this clip since it was looked at, so it was left as it is.",
            step="look again.",
            video_id=candidate.video_id,
        )


def _note(store: ObjectStore, candidate: Candidate, file: str, facts: dict[str, Any]) -> None:
    from airflow_provider_sora.stores.contract import NameTakenError

    told = {"schema": SCHEMA, "video_id": candidate.video_id, **facts}
    data = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
    metadata = object_metadata(record_in(candidate.receipt), "cleaned")
    try:
        store.put_bytes(f"{candidate.folder}/{file}", data, content_type="application/json", metadata=metadata)
    except NameTakenError:
        return  # of an earlier call that did not come to its end
