"""The environment's script says in one sentence what is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "devtools" / "make_venv.sh"


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def run(folder: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("dirname", "mkdir", "rm", "grep", "touch", "cat", "sh"):
        if not (tools / tool).exists():
            (tools / tool).symlink_to(shutil.which(tool) or tool)
    environment = {"PATH": f"{path or folder}:{tools}"}
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def old_python(tmp_path: Path) -> Path:
    return program(tmp_path, "python3", "exit 1\n")


def test_no_new_enough_python_on_the_path(tmp_path: Path, old_python: Path) -> None:
    done = run(tmp_path, str(tmp_path / "venv"))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "This project needs Python 3.11 or newer, and found none on PATH; install one or name it: "
        "make PYTHON=/path/to/python3.11"
    ]


def test_a_python_that_was_asked_for_is_too_old(tmp_path: Path, old_python: Path) -> None:
    done = run(tmp_path, str(tmp_path / "venv"), str(old_python))
    assert done.stderr.strip() == f"PYTHON={old_python} is missing or older than Python 3.11, which this project needs."


def test_no_network(tmp_path: Path) -> None:
    program(tmp_path, "python3", "case \"$*\" in *'%d.%d'*) echo 3.11;; esac\n")
    program(
        tmp_path,
        "uv",
        "case $1 in --version) echo uv 1;; venv) mkdir -p \"$5/bin\";; *) echo 'error: dns error' >&2; exit 2;; esac\n",
    )
    done = run(tmp_path, str(tmp_path / "venv"))
    assert done.returncode == 1
    assert done.stderr.startswith(
        "Could not install packages: is the network, and a Python package index, within reach?"
    )
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "venv" / ".ready").exists()
