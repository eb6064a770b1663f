"""What is told of a job and of an archived clip, as plain values (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.facts import Facts, facts_in
from airflow_provider_sora.lineage.places import Place, job_place, place_of
from airflow_provider_sora.masking.scrub import scrub_labels
from airflow_provider_sora.protocol.answers.job import number

if TYPE_CHECKING:
    from airflow_provider_sora.record import VideoRecord

#: Labels by which an item of a feed or a row of a catalogue is known.
ITEM_KEYS = ("guid", "sku", "market", "brand", "desk")
ITEM_ADDRESSES = ("article_url", "product_url")
#: Namespace of an item that has no address of its own.
ITEMS = "sora-items"


@dataclass(frozen=True, slots=True)
class Told:
    """One dataset.

    :param video: of the clip: ids, model, seconds, size, cost; no prompt.
    :param stored: of an object: its sha256, crc32c, generation, content type and what it is.
    :param item: of a feed's item or catalogue's row: the keys that it is known by.
    :param reference: of a picture: sha256 and pixels.
    :param labels: the user's own.
    :param bytes: its size, where that is known.
    :param version: what changes with its content.
    """

    place: Place
    video: Mapping[str, Any] | None = None
    stored: Mapping[str, Any] | None = None
    item: Mapping[str, str] | None = None
    reference: Mapping[str, Any] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    bytes: int | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """What went in, what came out, and what was paid for it (``estimated_usd``, ``billed_usd``; None: unknown)."""

    inputs: tuple[Told, ...] = ()
    outputs: tuple[Told, ...] = ()
    cost: Mapping[str, Any] | None = None


def of_job(record: VideoRecord, archived: Iterable[tuple[Mapping[str, Any], VideoRecord]] = ()) -> Lineage:
    """A paid job: its picture, its source and its item went in; the job came out, and its objects where archived.

    :param archived: receipts, with the records that say where they lie.
    """
    if not record.base_url:
        return Lineage()
    inputs = [*_reference(record), *_item(record.labels)]
    if record.parent_id:
        inputs.append(Told(job_place(record.base_url, record.parent_id)))
    job = Told(job_place(record.base_url, record.video_id), video=_video(record), labels=scrub_labels(record.labels))
    objects = [told for receipt, kept in archived for told in _objects(receipt, kept)]
    billed = record.returned.get("cost_usd")
    cost = {
        "currency": "USD",
        "estimated_usd": record.cost_estimate_usd,
        "billed_usd": billed,
        "video_id": record.video_id,
        "call": record.requested.get("call"),
        "submitted_by_try": record.try_number,
    }
    return Lineage(tuple(inputs), (job, *objects), cost)


def of_archived(archived: Iterable[tuple[Mapping[str, Any], VideoRecord]]) -> Lineage:
    """Archived clips: the jobs went in, of what was made of others its parts; their objects came out, at no cost."""
    inputs: list[Told] = []
    outputs: list[Told] = []
    for receipt, record in archived:
        if receipt.get("parts"):
            places = [(place_of(part.get("uri") or ""), part) for part in receipt["parts"]]
            inputs += [Told(place, version=part.get("sha256")) for place, part in places if place is not None]
        elif record.base_url:
            inputs.append(Told(job_place(record.base_url, record.video_id), video=_video(record)))
        outputs += _objects(receipt, record)
    return Lineage(tuple(inputs), tuple(outputs))


def _video(record: VideoRecord) -> dict[str, Any]:
    facts = {**record.requested, **record.returned}
    prompt = record.requested.get("prompt")
    return {
        "video_id": record.video_id,
        "parent_id": record.parent_id,
        "call": record.requested.get("call"),
        "model": facts.get("model"),
        "seconds": number(facts.get("seconds")),
        "size": facts.get("size"),
        "status": record.status,
        "prompt_sha256": hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()
        if isinstance(prompt, str)
        else facts.get("prompt_sha256"),
        "estimated_usd": record.cost_estimate_usd,
        "billed_usd": facts.get("cost_usd"),
    }


def _reference(record: VideoRecord) -> Sequence[Told]:
    asked = record.requested.get("input_reference")
    if not isinstance(asked, Mapping):
        return ()
    origin, facts = str(asked.get("origin") or ""), {k: asked.get(k) for k in ("sha256", "width", "height")}
    place = place_of(origin)
    if asked.get("file_id"):
        place = Place(job_place(record.base_url or "", "").namespace, f"files/{asked['file_id']}")
    elif place is None and asked.get("sha256"):
        place = Place("data", str(asked["sha256"]))  # it came as bytes and has no place but its content
    return () if place is None else (Told(place, reference=facts, version=asked.get("sha256")),)


def _item(labels: Mapping[str, str]) -> Sequence[Told]:
    keys = {key: labels[key] for key in ITEM_KEYS if labels.get(key)}
    known = [keys[key] for key in ("guid", "sku", "market") if key in keys]
    if not known:
        return ()
    places = (place_of(labels[key]) for key in ITEM_ADDRESSES if labels.get(key))
    place = next((place for place in places if place is not None), None)
    return (Told(place or Place(ITEMS, "/".join(known)), item=scrub_labels(keys)),)


def _objects(receipt: Mapping[str, Any], record: VideoRecord) -> list[Told]:
    facts, found = facts_in(receipt), []
    for role, entry in receipt["objects"].items():
        place = place_of(entry["uri"]) if entry else None
        if place is None:
            continue
        stored = {name: entry.get(name) for name in ("sha256", "crc32c", "content_type", "origin")}
        stored |= {"role": role, "generation": None if entry.get("generation") is None else str(entry["generation"])}
        of_video = role == "video"
        found.append(
            Told(
                place,
                video=_kept_video(facts, receipt) if of_video else None,
                stored=stored,
                labels=facts.labels if of_video else {},
                bytes=entry["size"],
                version=entry["sha256"],
            )
        )
    place = place_of(record.receipt_uri or "")
    return found if place is None else [*found, Told(place, stored={"role": "receipt"})]


def _kept_video(facts: Facts, receipt: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "video_id": facts.video_id,
        "parent_id": facts.parent_id,
        "call": facts.call,
        "model": facts.model,
        "seconds": facts.seconds,
        "size": facts.size,
        "status": "completed",
        "prompt_sha256": receipt["request"].get("prompt_sha256"),
        "estimated_usd": facts.cost_estimate_usd,
        "billed_usd": facts.cost_actual_usd,
    }
