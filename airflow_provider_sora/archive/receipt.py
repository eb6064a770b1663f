"""The receipt: what was asked for, made, stored and paid, as small JSON beside the video; written last.

Its form is published in ``receipt.schema.json`` and versioned by ``schema_version``.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NoReturn

from airflow_provider_sora import __version__
from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.masking.scrub import scrub, scrub_labels
from airflow_provider_sora.protocol.answers.job import number

if TYPE_CHECKING:
    from airflow_provider_sora.media.media_info import MediaInfo
    from airflow_provider_sora.record import VideoRecord

SCHEMA_VERSION = 3
SCHEMA_ID = "urn:airflow-provider-sora:receipt:3"
#: What a receipt of version 1 does not state: all that was archived then was an MP4, checked by its boxes.
_CHECKED_BY_BOXES = {"result": "checked", "by": "boxes", "reason": None}
#: The state of every video as it is archived: nobody has looked at it yet.
REVIEW_PENDING = "pending"
_RUN_KEYS = ("dag_id", "run_id", "task_id", "map_index", "try_number")


def build_receipt(
    record: VideoRecord,
    *,
    media: MediaInfo,
    check: Mapping[str, Any] | None = None,
    objects: Mapping[str, Mapping[str, Any] | None],
    run: Mapping[str, Any] | None = None,
    parent_chain: Sequence[str] = (),
    actual_usd: float | None = None,
    prompt_storage: str = "full",
    kind: str = "video",
    parts: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Put a receipt together; ``objects`` maps an asset to what :func:`object_entry` made of it, or None.

    :param check: how the video was checked; by default by its boxes.
    :param actual_usd: what the server says it billed, where it says so.
    :param prompt_storage: ``"hash"`` replaces every prompt by its sha256.
    """
    return {
        "schema": SCHEMA_ID,
        "schema_version": SCHEMA_VERSION,
        "kind": kind,
        "provider": {"name": "airflow-provider-sora", "version": __version__},
        "video_id": record.video_id,
        "parent_id": _text(record.parent_id),
        "parent_chain": list(parent_chain),
        "server": {
            "sora_conn_id": _text(record.sora_conn_id),
            "base_url": shown(record.base_url) if record.base_url else None,
            "dialect": _text(record.dialect),
        },
        "request": _kept(record.requested, prompt_storage),
        "returned": _kept(record.returned, prompt_storage),
        "labels": scrub_labels(record.labels),
        "times": {
            "submitted_at": _text(record.submitted_at),
            "completed_at": _text(record.completed_at),
            "archived_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        "run": {key: (run or {}).get(key) for key in _RUN_KEYS} | {"submit_try_number": _whole(record.try_number)},
        "objects": {asset: None if entry is None else dict(entry) for asset, entry in objects.items()},
        "media": media_entry(media),
        "check": dict(check or _CHECKED_BY_BOXES),
        "cost": {"currency": "USD", "estimate": number(record.cost_estimate_usd), "actual": actual_usd},
        "provenance": {
            "ai_generated": True,
            "statement": "AI generated - unreviewed",
            "c2pa_manifest": media.c2pa,
            **({"c2pa_of_parts": _c2pa_of(parts)} if parts else {}),
        },
        "review": {"state": REVIEW_PENDING},
        "parts": [dict(part) for part in parts],
    }


def _c2pa_of(parts: Sequence[Mapping[str, Any]]) -> str:
    """What became of the parts' own C2PA manifests: what is made of several files, or anew, carries none of theirs."""
    return "not carried over" if any(part.get("c2pa_manifest") for part in parts) else "the parts had none"


def record_in(receipt: Mapping[str, Any]) -> VideoRecord:
    """The video that a receipt describes, as tasks hand it on; where its objects lie is for the caller to say."""
    from airflow_provider_sora.record import VideoRecord

    server, times = receipt["server"], receipt["times"]
    return VideoRecord(
        str(receipt["video_id"]),
        sora_conn_id=server.get("sora_conn_id"),
        base_url=server.get("base_url"),
        dialect=server.get("dialect"),
        status="completed",
        parent_id=receipt.get("parent_id"),
        requested=receipt["request"],
        returned=receipt["returned"],
        cost_estimate_usd=receipt["cost"]["estimate"],
        labels=receipt["labels"],
        submitted_at=times.get("submitted_at"),
        completed_at=times.get("completed_at"),
        try_number=receipt["run"].get("submit_try_number"),
    )


def _text(value: object) -> str | None:
    """A record may come from a user's own hand; what is written must be readable again."""
    return None if value is None else str(value)


def _whole(value: object) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def _kept(facts: Mapping[str, Any], prompt_storage: str) -> dict[str, Any]:
    """What is kept of request or answer. The hash is of the prompt as it was sent, so that its sender can compare."""
    prompt = facts.get("prompt")
    if prompt is None:
        facts, hashed = {key: value for key, value in facts.items() if key != "prompt"}, {}
    else:
        facts, hashed = {**facts, "prompt": _words(prompt)}, {"prompt_sha256": _sha256(_words(prompt))}
    return {**scrub(_without_prompts(facts) if prompt_storage == "hash" else facts), **hashed}


def _words(prompt: object) -> str:
    """A prompt as text; some servers take a list of shots, and that is kept as JSON."""
    return prompt if isinstance(prompt, str) else json.dumps(prompt, ensure_ascii=False, default=str)


def _without_prompts(value: Any) -> Any:
    """A copy in which every prompt, at any depth (``negative_prompt``, a shot's own), is replaced by its sha256."""
    if isinstance(value, Mapping):
        return dict(_without_prompt(str(key), item) for key, item in value.items())
    return [_without_prompts(item) for item in value] if isinstance(value, (list, tuple)) else value


def _without_prompt(key: str, value: Any) -> tuple[str, Any]:
    if key.lower().endswith("prompt") and value is not None:
        return f"{key}_sha256", _sha256(_words(value))
    return key, _without_prompts(value)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def media_entry(media: MediaInfo) -> dict[str, Any]:
    return {
        "duration_seconds": media.duration_seconds,
        "width": media.width,
        "height": media.height,
        "frame_rate": media.frame_rate,
        "video_codec": media.video_codec,
        "audio_codec": media.audio_codec,
        "has_audio": media.has_audio,
    }


def object_entry(stored: Any, *, sha256: str, crc32c: str, origin: str) -> dict[str, Any]:
    """A stored object as the receipt lists it; ``name`` is relative to the receipt's own folder."""
    return {
        "name": stored.name.rpartition("/")[2],
        "uri": stored.uri,
        "content_type": stored.content_type,
        "size": stored.size,
        "generation": stored.generation,
        "crc32c": crc32c,
        "sha256": sha256,
        "origin": origin,
    }


def to_bytes(receipt: Mapping[str, Any]) -> bytes:
    return (json.dumps(receipt, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")


def read_receipt(data: bytes, where: str) -> dict[str, Any]:
    """Parse a receipt and hold it against the published schema, so that whoever reads it can rely on its keys.

    :param where: what to call it in messages.
    :raises ContentError: it is none, it is damaged (the message names the key), or a later version of this provider
        wrote it in a form that this one does not know.
    """
    try:
        found = json.loads(data, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ContentError(f"{where} is no receipt: it is not JSON ({error}).") from error
    if not isinstance(found, dict) or "schema_version" not in found:
        raise ContentError(f"{where} is no receipt: it has no schema_version.")
    version = found["schema_version"]
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ContentError(
            f"{where} is of schema version {version}, written by a later version of airflow-provider-sora; this one "
            f"reads up to {SCHEMA_VERSION}. Nothing is wrong with it: upgrade to read it."
        )
    problem = _schema_problem(found)
    if problem is not None:
        raise ContentError(f"{where} is damaged: {problem}.")
    return {"check": dict(_CHECKED_BY_BOXES), **found}


def _schema_problem(receipt: Mapping[str, Any]) -> str | None:
    """The key that breaks the published schema, and how; None where all is well."""
    import jsonschema

    error = jsonschema.exceptions.best_match(_validator().iter_errors(receipt))
    if error is None:
        return None
    key = "/".join(str(part) for part in error.absolute_path)
    return f"{key}: {error.message[:200]}" if key else str(error.message[:200])


@cache
def _validator() -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(receipt_schema())


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number in JSON")


def _finite(text: str) -> float:
    found = float(text)
    return found if math.isfinite(found) else _no_number(text)


@cache
def receipt_schema() -> dict[str, Any]:
    """The published JSON Schema."""
    text = resources.files("airflow_provider_sora.archive").joinpath("receipt.schema.json").read_text("utf-8")
    return json.loads(text)
