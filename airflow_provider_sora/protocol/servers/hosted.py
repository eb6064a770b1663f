"""Services that others run, known from their documents only: nobody has seen them answer this provider.

A service not listed here is described in the connection: see :mod:`.custom`.
"""

from __future__ import annotations

from airflow_provider_sora.protocol.servers.dialect import Dialect, Reference

JOB = frozenset({"create", "get", "content"})
MANAGE = frozenset({"list", "delete"})
STILLS = frozenset({"thumbnail", "spritesheet"})

_REFERENCES: dict[Reference, str] = {
    "first_frame": "frames:frame_images",
    "last_frame": "frames:frame_images",
    "pictures": "items:input_references",
}

INWORLD = Dialect(
    name="inworld",
    label="Inworld",
    calls=JOB | MANAGE | {"cancel"},
    create_encodings=("json",),
    reference_data=None,
    reference_url=None,
    reference_file_id=None,
    references={**_REFERENCES, "audio": "items:input_references"},
    remix=None,
    content="job-url",
    honours_idempotency_key=True,
    cancel=("POST", "/videos/{id}/cancel"),
    delete_semantics="finished jobs only; their idempotency key is burnt",
    wants_key=True,
    documented_only=True,
    sources=("documents: docs.inworld.ai api-reference/videoAPI, router/image-to-video, router/reference-to-video",),
)

MERGE = Dialect(
    name="merge",
    label="Merge Gateway",
    calls=JOB,
    create_encodings=("json",),
    seconds_form="integer",
    model_rule="required",
    size_pattern=r"\d{3,4}[pP]|[248][kK]|[1-9]\d{0,4}x[1-9]\d{0,4}",
    remix=None,
    wants_key=True,
    documented_only=True,
    sources=("documents: docs.merge.dev merge-gateway video generation",),
)

SAYGM = Dialect(
    name="saygm",
    label="SayGM",
    calls=JOB,
    model_rule="required",
    remix=None,
    wants_key=True,
    documented_only=True,
    sources=("documents: the vendor's article of 2026-10-20 (OpenAI SDK unchanged)",),
)

OPENROUTER = Dialect(
    name="openrouter",
    label="OpenRouter",
    calls=JOB,
    create_encodings=("json",),
    seconds_form="integer",
    seconds_field="duration",
    model_rule="required",
    references=_REFERENCES,
    remix=None,
    wants_key=True,
    documented_only=True,
    sources=("documents: openrouter.ai video generation pages; duration, aspect_ratio and resolution go as extra",),
)

AISIX = Dialect(
    name="aisix",
    label="AISIX",
    calls=JOB,
    create_encodings=("json",),
    model_rule="required",
    remix=None,
    wants_key=True,
    documented_only=True,
    sources=("documents: api7/aisix pull request 820; content is a redirect to the provider's storage",),
)

AZURE = Dialect(
    name="azure",
    label="Azure OpenAI",
    calls=JOB | MANAGE | STILLS | {"remix"},
    sizes_allowed=("720x1280", "1280x720"),
    model_rule="required",
    wants_key=True,
    list_has_prompts=True,
    delete_semantics="finished and failed videos only",
    documented_only=True,
    sources=("documents: Foundry video generation reference; models listed to retire by 2026-09-15",),
)

#: Relays that document the form of early 2026: remix_video_id on create, the address in the job object.
RELAY = Dialect(
    name="relay",
    label="reselling relay",
    calls=JOB | {"remix"},
    create_encodings=("json", "multipart"),
    model_rule="required",
    remix="field",
    reference_file_id="string",
    wants_key=True,
    documented_only=True,
    sources=("documents: gateway articles of October 2025 to January 2026",),
)

HOSTED = (INWORLD, MERGE, SAYGM, OPENROUTER, AISIX, AZURE, RELAY)

#: Hosted services are known by their address alone.
BY_HOST: dict[str, Dialect] = {
    "api.inworld.ai": INWORLD,
    "api-gateway.merge.dev": MERGE,
    "api.saygm.com": SAYGM,
    "openrouter.ai": OPENROUTER,
    ".openai.azure.com": AZURE,
    ".services.ai.azure.com": AZURE,
}
