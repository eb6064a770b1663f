"""Each masker of secrets taken out of this process, to see that a search for what it masks would find it."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import re
import sys
from typing import Any

import pytest

import airflow_provider_sora
from airflow_provider_sora.masking import addresses, scrub
from airflow_provider_sora.protocol.http.reading import redaction
from airflow_provider_sora.runs.reporting import notice


def everywhere(monkeypatch: pytest.MonkeyPatch, function: Any, instead: Any) -> None:
    """Put ``instead`` where any module of ours holds ``function``. All are imported first: one that came later would
    take the replacement for good."""
    for found in pkgutil.walk_packages(airflow_provider_sora.__path__, "airflow_provider_sora."):
        if not found.name.endswith("__main__"):
            with contextlib.suppress(ModuleNotFoundError):  # of an extra that is not installed here
                importlib.import_module(found.name)
    for name, module in list(sys.modules.items()):
        if name.startswith("airflow_provider_sora"):
            for attribute, value in list(vars(module).items()):
                if value is function:
                    monkeypatch.setattr(module, attribute, instead)


def without_the_search_for_keys(patch: pytest.MonkeyPatch) -> None:
    everywhere(patch, redaction.without_secrets, lambda text, secrets: text)


def without_the_cleaning_of_servers_addresses(patch: pytest.MonkeyPatch) -> None:
    never = re.compile(r"(?!)()()")
    for name in ("_USER", "_QUERY", "_SIGNED"):
        patch.setattr(redaction, name, never)


def without_scrubbing_of_receipts_and_labels(patch: pytest.MonkeyPatch) -> None:
    everywhere(patch, scrub.scrub_text, lambda text: text)
    patch.setattr(scrub, "_scrub_text", lambda text, depth: text)


def without_shortening_of_shown_addresses(patch: pytest.MonkeyPatch) -> None:
    everywhere(patch, addresses.shown, lambda source: source)


def without_silence_about_notices(patch: pytest.MonkeyPatch) -> None:
    def told(conn_id: str, body: Any, **_: Any) -> bool:
        from airflow.sdk import BaseHook

        notice.log.warning("The notice to %s was not delivered.", notice._address(BaseHook.get_connection(conn_id))[0])
        return False

    everywhere(patch, notice.post_notice, told)
