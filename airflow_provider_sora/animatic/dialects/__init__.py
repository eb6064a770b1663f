"""The servers whose accent the animatic server can take on."""

from __future__ import annotations

from airflow_provider_sora.animatic.dialects.base import Dialect
from airflow_provider_sora.animatic.dialects.dynamo import DYNAMO
from airflow_provider_sora.animatic.dialects.litellm import LITELLM
from airflow_provider_sora.animatic.dialects.new_api import NEW_API
from airflow_provider_sora.animatic.dialects.original import ORIGINAL
from airflow_provider_sora.animatic.dialects.sglang import SGLANG
from airflow_provider_sora.animatic.dialects.vllm_omni import VLLM_OMNI

DIALECTS: dict[str, Dialect] = {d.name: d for d in (ORIGINAL, VLLM_OMNI, SGLANG, DYNAMO, LITELLM, NEW_API)}
