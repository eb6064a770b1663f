"""The versions that the page says were seen running are those that the environments of the tests hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_provider_sora.protocol.servers.dialects import DIALECTS

ROOT = Path(__file__).resolve().parents[3]
TABLE = (ROOT / "docs" / "install.md").read_text("utf-8").split("## Versions")[1].split("\n## ")[0]
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.splitlines() if line.startswith("| ")]


def row(beginning: str, how: str = "") -> list[str]:
    (found,) = [cells for cells in ROWS if cells[1].startswith(beginning) and how in cells[4]]
    return found


@pytest.mark.parametrize(
    ("cells", "package", "listed"),
    [
        (row("Airflow"), "apache-airflow", "constraints.txt"),
        (row("", "make test-floor"), "apache-airflow", "devtools/airflow-3.2-constraints.txt"),
        (row("OpenAI SDK"), "openai", "constraints.txt"),
        (row("FAB"), "apache-airflow-providers-fab", "devtools/fab-constraints.txt"),
        (row("Celery"), "apache-airflow-providers-celery", "constraints.txt"),
        (row("Google"), "apache-airflow-providers-google", "devtools/google-constraints.txt"),
        (row("LiteLLM"), "litellm", "devtools/litellm-constraints.txt"),
    ],
    ids=lambda value: value[1] or value[3] if isinstance(value, list) else "",
)
def test_a_version_is_the_one_that_is_installed(cells: list[str], package: str, listed: str) -> None:
    pinned = re.search(rf"^{package}(?:\[[^]]*\])?==([\w.]+)", (ROOT / listed).read_text("utf-8"), re.MULTILINE)
    assert pinned is not None
    assert re.search(rf"(?<![\d.]){re.escape(pinned[1])}(?![\d.]*\d)", cells[3]), (cells[3], pinned[1])


@pytest.mark.parametrize(("name", "dialect"), [("vLLM-Omni", "vllm-omni"), ("SGLang", "sglang"), ("NVIDIA", "dynamo")])
def test_a_server_was_seen_in_the_version_that_its_dialect_names(name: str, dialect: str) -> None:
    seen = re.match(r"[\d.]+\d", row(name)[3])
    assert seen is not None
    (source,) = [text for text in DIALECTS[dialect].sources if "read and run" in text]
    assert f" {seen[0]}" in source
