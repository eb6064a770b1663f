"""The archived videos that something is made of: looked up by their receipts, and brought here as they lie there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.facts import Facts, facts_in
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.exceptions import ConfigurationError, ContentError
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.hashing import Hasher
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.scratch import scratch_file

if TYPE_CHECKING:
    from airflow_provider_sora.record import VideoRecord
    from airflow_provider_sora.stores.options import ArchiveOptions


def part_of(record: VideoRecord, options: ArchiveOptions) -> dict[str, Any]:
    """A video as the receipt of what is made of it lists it; raises as :func:`look_up`."""
    facts = look_up(record, options)
    return {
        "video_id": record.video_id,
        "uri": record.uri,
        "receipt_uri": record.receipt_uri,
        "generation": facts.generation,
        "sha256": facts.sha256,
        "duration_seconds": facts.seconds,
        "cost_estimate_usd": facts.cost_estimate_usd,
        "c2pa_manifest": bool(facts.c2pa),
    }


def look_up(record: VideoRecord, options: ArchiveOptions) -> Facts:
    """What the receipt of an archived video says of it.

    :raises ConfigurationError: it is not archived, was kept unchecked, or the receipt is another video's.
    :raises ContentError: its receipt is damaged.
    """
    if not record.uri or not record.receipt_uri:
        raise ConfigurationError(
            f"Video {record.video_id} is not archived, so nothing can be made of it. Nothing was stored. "
            "Pass the output of ArchiveVideoOperator.",
            video_id=record.video_id,
        )
    where = record.receipt_uri
    folder, name = split_object_uri(where)
    try:
        receipt = read_receipt(open_store(folder, options).read_bytes(name), where)
    except ContentError as error:
        raise ContentError(
            f"{error} Nothing was made or stored. Bring an earlier version of it back, or leave the clip out.",
            video_id=record.video_id,
        ) from error
    if receipt["video_id"] != record.video_id:
        raise ConfigurationError(
            f"{where} is the receipt of video {receipt['video_id']}, not of {record.video_id}. Nothing was stored. "
            "Pass the output of ArchiveVideoOperator as it is.",
            video_id=record.video_id,
        )
    facts = facts_in(receipt)
    if not facts.checked:
        raise ConfigurationError(
            f"Video {record.video_id} was kept as it came, unchecked ({facts.check.get('reason')}), so nothing is "
            "made of it. Nothing was stored. Leave it out, or archive a checked copy of it.",
            video_id=record.video_id,
        )
    return facts


def cost_of(parts: Sequence[Mapping[str, Any]]) -> float | None:
    """What the parts were estimated to cost together; None where one has no price."""
    costs = [part["cost_estimate_usd"] for part in parts]
    return None if None in costs else round(sum(costs), 6)


def common_labels(records: Sequence[VideoRecord]) -> dict[str, str]:
    """The labels that all of them have alike."""
    first = dict(records[0].labels)
    return {k: v for k, v in first.items() if all(record.labels.get(k) == v for record in records)}


@contextlib.contextmanager
def local_part(part: Mapping[str, Any], options: ArchiveOptions) -> Iterator[str]:
    """A part on this worker's disk, hashed on its way: the receipt of what is made of it vouches for it.

    :raises ContentError: it is no longer what was archived.
    """
    prefix, name = split_object_uri(part["uri"])
    hasher = Hasher()
    with scratch_file(_hashed(open_store(prefix, options).read_blocks(name), hasher), name) as path:
        sha256 = hasher.digest().sha256
        if sha256 != part["sha256"]:
            raise ContentError(
                f"{part['uri']} is no longer what was archived: its sha256 is {sha256}, its receipt says "
                f"{part['sha256']}. Nothing was made or stored. Bring the object back (an earlier generation of "
                "it, where the bucket keeps them), or leave it out; `python -m airflow_provider_sora.archive "
                "verify` looks at the others.",
                video_id=part["video_id"],
            )
        yield path


def _hashed(blocks: Iterable[bytes], hasher: Hasher) -> Iterator[bytes]:
    for block in blocks:
        hasher.update(block)
        yield block
