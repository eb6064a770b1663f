"""A file that one can hold in mind: no module is longer than 250 lines."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LONGEST = 250


@pytest.mark.parametrize("part", ["airflow_provider_sora", "dags", "devtools", "testbed", "benchmarks"])
def test_no_module_is_longer_than_promised(part: str) -> None:
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / part).rglob("*.py")}
    assert lines, part
    assert {str(path.relative_to(ROOT)): n for path, n in lines.items() if n > LONGEST} == {}
