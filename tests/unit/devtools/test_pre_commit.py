"""What runs before a commit is what `make lint` runs, in the versions of the environment that it is run from."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
CONFIG: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
HOOKS = [hook for repo in CONFIG["repos"] for hook in repo["hooks"]]


def commands(text: str) -> set[str]:
    """What is run, without the Python or folder it is run from and without flags of its own."""
    plain = [re.sub(r"\$\(\w+\)(/bin/python)?|\.venv/bin/python", "RUN", line) for line in text.splitlines()]
    plain = [re.sub(r"(RUN/bin/|\.venv/bin/)", "", line).strip().lstrip("@") for line in plain if line.strip()]
    return {re.sub(r" (\.|--force-exclude)(?= |$)", "", line) for line in plain}


def test_it_runs_all_that_make_lint_runs() -> None:
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert recipe is not None
    assert commands("\n".join(hook["entry"] for hook in HOOKS)) == commands(recipe[1])


def test_no_hook_brings_a_version_of_its_own() -> None:
    assert {repo["repo"] for repo in CONFIG["repos"]} == {"local"}
    assert {hook["language"] for hook in HOOKS} == {"system"}


def pinned(name: str) -> str:
    found = re.search(rf"^{name}==([\w.]+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    assert found is not None, name
    return found[1]


@pytest.mark.parametrize("name", ["ruff", "mypy", "import-linter"])
def test_the_environment_has_the_versions_of_the_constraints(name: str) -> None:
    if metadata.version("apache-airflow") != pinned("apache-airflow"):
        pytest.skip("the environment of another Airflow")
    assert metadata.version(name) == pinned(name)
