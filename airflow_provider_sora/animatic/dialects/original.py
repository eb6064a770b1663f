"""The protocol as OpenAI defined it; what the animatic server speaks unless told otherwise."""

from __future__ import annotations

from airflow_provider_sora.animatic.dialects.base import ALL_CALLS, CAPTION, Dialect

PAGE = "Speaks /v1/videos and renders free drafts: a storyboard in motion, not a generated video."

ORIGINAL = Dialect(
    name="openai", title="Animatic", calls=ALL_CALLS, ttl=3600.0, description=PAGE, extra_fields=frozenset({CAPTION})
)
