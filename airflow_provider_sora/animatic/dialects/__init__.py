"""The servers whose accent the animatic server can take on."""

from __future__ import annotations

from airflow_provider_sora.animatic.dialects.base import Dialect
from airflow_provider_sora.animatic.dialects.original import ORIGINAL

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (ORIGINAL,)}
