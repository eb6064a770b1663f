"""``publish.json`` beside an approved clip: what a CMS or a shop needs to show it, as small JSON (pure)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.facts import Facts, facts_in
from airflow_provider_sora.words.text import plain

if TYPE_CHECKING:
    from airflow_provider_sora.review.decisions import Trail
    from airflow_provider_sora.review.place import Place

SCHEMA = "urn:airflow-provider-sora:publish:1"
#: The asset's word in its metadata.
PUBLISH = "publish"
#: IPTC's term for media that a trained model made: https://cv.iptc.org/newscodes/digitalsourcetype/
_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_AI_LABEL = {"en": "AI-generated video", "ja": "AI生成動画"}
_LONGEST = 300


def publish_note(place: Place, trail: Trail) -> bytes:
    """The note of an approval: the same bytes for the same approval.

    Caption and alt text come from the item's labels and the prompt, which may hold anything: whoever shows them escapes
    them. They are a beginning for the editor, not the last word.
    """
    facts = facts_in(place.receipt)
    note: dict[str, Any] = {
        "schema": SCHEMA,
        "video_id": place.video_id,
        "uri": _uri(place, naming.VIDEO),
        "poster_uri": _uri(place, naming.THUMBNAIL),
        "sha256": place.sha256,
        "size": facts.bytes,
        "content_type": facts.content_type,
        "seconds": facts.seconds,
        "width": facts.width,
        "height": facts.height,
        "has_audio": facts.has_audio,
        "caption": caption_of(facts),
        "alt": alt_of(facts),
        "ai_label": _AI_LABEL,
        "digital_source_type": _SOURCE_TYPE,
        "labels": facts.labels,
        "source_uri": facts.uri,
        "approved": [
            {"by": decision.who, "at": decision.at, "number": decision.number} for decision in trail.approvals
        ],
    }
    return (json.dumps(note, ensure_ascii=False, indent=2) + "\n").encode()


def caption_of(facts: Facts) -> str:
    """The item's title, as one line; blank where it has none."""
    return plain(facts.title, cap=_LONGEST)


def alt_of(facts: Facts) -> str:
    """What is to be seen, for those who cannot see it; the prompt says so, where it was kept."""
    return plain(facts.prompt or caption_of(facts), cap=_LONGEST)


def _uri(place: Place, asset: str) -> str | None:
    entry = place.receipt["objects"].get(asset)
    return place.store.destination.join(f"{place.approved}/{entry['name']}") if entry else None
