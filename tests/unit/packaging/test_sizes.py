"""What one can hold in mind: no module is longer than 250 lines, no room holds more than a dozen."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LONGEST = 250
MOST = 12


@pytest.mark.parametrize("part", ["airflow_provider_sora", "dags", "devtools", "testbed", "benchmarks"])
def test_no_module_is_longer_than_promised(part: str) -> None:
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / part).rglob("*.py")}
    assert lines, part
    assert {str(path.relative_to(ROOT)): n for path, n in lines.items() if n > LONGEST} == {}


def test_no_room_holds_more_than_promised() -> None:
    package = ROOT / "airflow_provider_sora"
    modules = Counter(path.parent for path in package.rglob("*.py") if not path.stem.startswith("__"))
    assert len(modules) > 30
    assert {str(room.relative_to(ROOT)): n for room, n in modules.items() if n > MOST} == {}
