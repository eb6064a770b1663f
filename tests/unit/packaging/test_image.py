"""The recipe of an image can be read, and what it names exists. Nothing is built here: that takes a network."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from airflow_provider_sora import __version__

ROOT = Path(__file__).resolve().parents[3]
RECIPE = (ROOT / "docs" / "examples" / "Dockerfile").read_text("utf-8")


def instructions() -> list[tuple[str, str]]:
    lines = [line for line in RECIPE.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def values(kind: str) -> list[str]:
    return [rest for word, rest in instructions() if word == kind]


def test_it_begins_with_an_airflow_of_a_named_version_and_knows_every_argument() -> None:
    found = instructions()
    assert [word for word, _ in found[:2]] == ["ARG", "FROM"]
    assert {word for word, _ in found} <= {"ARG", "FROM", "COPY", "RUN"}
    assert found[1][1] == "apache/airflow:${AIRFLOW_VERSION}"
    # What is declared before FROM is forgotten behind it, unless it is named again.
    known = {value.partition("=")[0] for word, value in found[2:] if word == "ARG"} | {"AIRFLOW_HOME"}
    for command in values("RUN"):
        assert set(re.findall(r"\$\{(\w+)", command)) <= known, command


def test_every_command_is_one_that_a_shell_can_read() -> None:
    commands = values("RUN")
    assert len(commands) >= 3
    for command in commands:
        subprocess.run(["sh", "-n", "-c", command], check=True, timeout=10)


def test_what_it_names_exists() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (extras,) = (value.partition("=")[2] for value in values("ARG") if value.startswith("EXTRAS="))
    assert set(extras.split(",")) <= set(told["optional-dependencies"])
    (copied,) = values("COPY")
    wheel = f"dist/{told['name'].replace('-', '_')}-{__version__}-py3-none-any.whl"
    assert Path(wheel).match(copied.split()[0])
    assert (ROOT / "docs" / "examples" / "first_clip.py").is_file() and "examples first_clip" in RECIPE


def test_the_page_shows_it_as_it_is() -> None:
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    assert f"```dockerfile\n# docs/examples/Dockerfile\n{RECIPE}```" in page
