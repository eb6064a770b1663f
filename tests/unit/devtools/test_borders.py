"""What people type (``devtools``) is no library: tests and benchmarks stand on ``testbed``, which knows neither.

The tests in this folder are of the commands themselves, and may look into them.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def imported(folder: str) -> dict[str, set[str]]:
    """By file, the outermost packages that it imports, wherever in the file."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        names = found.setdefault(path.relative_to(ROOT).as_posix(), set())
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return found


def breaches(folder: str, forbidden: set[str], own: str = "") -> list[str]:
    found = imported(folder)
    assert any("testbed" in names for names in found.values()), f"{folder} was read"
    return [name for name, names in found.items() if names & forbidden and not (own and name.startswith(own))]


def test_nothing_but_their_own_tests_imports_commands() -> None:
    assert breaches("tests", {"devtools"}, own="tests/unit/devtools/") == []
    assert breaches("benchmarks", {"devtools"}) == []


def test_the_ground_they_stand_on_knows_none_of_them() -> None:
    assert breaches("testbed", {"devtools", "tests", "benchmarks"}) == []
