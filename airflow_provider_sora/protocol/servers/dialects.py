"""The dialects we know, one entry each. Facts are as of November 2026; each entry names its sources.

Words in ``sources``: *read* is the server's own source code, *run* its own HTTP code seen answering on a local
machine, *documents* the vendor's pages only.
"""

from __future__ import annotations

from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.hosted import HOSTED

_JOB = frozenset({"create", "get", "content"})
_MANAGE = frozenset({"list", "delete"})
_STILLS = frozenset({"thumbnail", "spritesheet"})
_DERIVE = frozenset({"remix", "edit", "extend", "characters"})
_FULL = _JOB | _MANAGE | _STILLS | _DERIVE

#: The form fields of vLLM-Omni's create; it drops others without a word.
_OMNI_FIELDS = (
    "control_type image_reference video_reference audio_reference user width height num_frames fps "
    "aspect_ratio short_edge num_outputs_per_prompt start_time_seconds quality num_inference_steps "
    "guidance_scale guidance_scale_2 boundary_ratio flow_shift true_cfg_scale seed generate_sound "
    "sound_duration negative_prompt enable_frame_interpolation frame_interpolation_exp "
    "frame_interpolation_scale frame_interpolation_model_path lora extra_params return_stage_metrics"
)

_720P = ("720x1280", "1280x720")
_SIZES_BY_MODEL = {"sora-2": _720P, "sora-2-20*": _720P}

OPENAI = Dialect(
    name="openai",
    label="OpenAI-type server",
    calls=_FULL,
    create_encodings=("json", "multipart"),
    seconds_allowed=(4, 8, 12, 16, 20),
    sizes_allowed=(*_720P, "1024x1792", "1792x1024", "1080x1920", "1920x1080"),
    sizes_by_model=_SIZES_BY_MODEL,
    extra_fields=(),
    source_file=True,
    list_has_prompts=True,
    delete_semantics="finished and failed videos only",
    wants_key=True,
    sources=("openai/openai-openapi openapi.yaml of 2026-08-21", "OpenAI video generation guide"),
)

ANIMATIC = Dialect(
    name="animatic",
    label="Animatic",
    calls=_FULL | {"cancel"},
    cancel=("POST", "/videos/{id}/cancel"),
    create_encodings=("json", "multipart"),
    seconds_allowed=(4, 8, 12, 16, 20),
    sizes_allowed=OPENAI.sizes_allowed,
    sizes_by_model=_SIZES_BY_MODEL,
    lists_all_models=True,
    extra_fields=(),
    caption_field="animatic_caption",
    source_file=True,
    list_has_prompts=True,
    delete_semantics="finished and failed videos only",
    sources=("our own server: python -m airflow_provider_sora.animatic",),
)

#: What is assumed of a server that nothing identifies: what works on most, and nothing that only some have.
PLAIN = Dialect(
    name="plain",
    label="server of unknown make",
    calls=_JOB | {"list", "delete", "remix"} | _STILLS,
    source_file=True,
    # new-api's code: harmless where nobody sends it, and true where it comes.
    not_found_codes=("task_not_exist",),
    sources=("what OpenAI's own SDK sends: multipart create, seconds as text",),
)

VLLM_OMNI = Dialect(
    name="vllm-omni",
    label="vLLM-Omni",
    calls=_JOB | _MANAGE,
    create_encodings=("multipart",),
    model_rule="served",
    lists_all_models=True,
    reference_url="json-field:image_reference",
    reference_file_id=None,
    references={"audio": "object:audio_reference"},
    extra_fields=tuple(_OMNI_FIELDS.split()),
    extra_json_text=("lora", "extra_params", "image_reference", "video_reference", "audio_reference"),
    remix=None,
    list_has_prompts=True,
    delete_semantics="aborts an unfinished job and removes it",
    sources=("package vllm-omni 0.30.0: read and run",),
)

SGLANG = Dialect(
    name="sglang",
    label="SGLang Diffusion",
    calls=_JOB | _MANAGE,
    reference_url="field:reference_url",
    reference_file_id=None,
    # No list: it also reads whatever fields the served model declares.
    extra_json_text=("extra_params", "extra_body"),
    remix=None,
    delete_semantics="removes the record only: the render goes on and its file stays",
    sources=("package sglang 0.5.23, multimodal_gen: read and run",),
)

DYNAMO = Dialect(
    name="dynamo",
    label="NVIDIA Dynamo",
    calls=frozenset({"create", "content"}),
    create_encodings=("json",),
    seconds_form="integer",
    model_rule="required",
    lists_all_models=True,
    reference_data="data-url",
    reference_url="string",
    reference_file_id=None,
    extra_under={
        "nvext": (
            "fps",
            "num_frames",
            "negative_prompt",
            "num_inference_steps",
            "guidance_scale",
            "guidance_scale_2",
            "seed",
            "boundary_ratio",
        )
    },
    remix=None,
    content="create-answer",
    sources=("ai-dynamo/dynamo videos.rs and package ai-dynamo 1.6.1: read and run",),
)

LITELLM = Dialect(
    name="litellm",
    label="LiteLLM",
    # List needs a provider named in the query and then uses that provider's global key: never called.
    calls=_JOB | _DERIVE,
    create_encodings=("json", "multipart"),
    model_rule="required",
    reference_url=None,
    reference_file_id=None,
    wants_key=True,
    # Both win over its configuration. In a form the field would be the text "true", which it does not heed.
    paid_headers={"x-litellm-num-retries": "0"},
    paid_fields={"disable_fallbacks": True},
    repeats=(
        "LiteLLM repeats a paid request towards its upstream by itself, twice unless it is told otherwise, and each "
        "one may be a paid job. It is told not to with every paid request, but a request that carries a file cannot "
        "switch its fallbacks off: set num_retries: 0 under router_settings, and no fallbacks for video models."
    ),
    sources=("package litellm 1.109.1: read; 1.106.2 and 1.108.7: run",),
)

NEW_API = Dialect(
    name="new-api",
    label="new-api",
    calls=_JOB | {"remix"},
    model_rule="required",
    reference_url="string",
    reference_file_id=None,
    wants_key=True,
    not_found_codes=("task_not_exist",),
    sources=("QuantumNous/new-api, relay and controllers: read",),
)

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (OPENAI, ANIMATIC, VLLM_OMNI, SGLANG, DYNAMO, LITELLM, NEW_API, *HOSTED, PLAIN)
}
