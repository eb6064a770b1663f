"""What an installation gets: the wheel's content and its promises to Airflow."""

from __future__ import annotations

import email
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_sora import __version__

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as opened:
        yield opened


def test_it_holds_our_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert top == {"airflow_provider_sora", f"airflow_provider_sora-{__version__}.dist-info"}


def test_it_holds_every_module_and_every_file_that_is_read_at_run_time(wheel: zipfile.ZipFile) -> None:
    source = ROOT / "airflow_provider_sora"
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert wanted - set(wheel.namelist()) == set()
    assert "airflow_provider_sora/py.typed" in wanted
    assert "airflow_provider_sora/archive/receipt.schema.json" in wanted


def test_it_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    folder = f"airflow_provider_sora-{__version__}.dist-info"
    told = email.message_from_bytes(wheel.read(f"{folder}/METADATA"))
    assert told["Name"] == "airflow-provider-sora"
    assert told["License-Expression"] == "Apache-2.0"
    assert told["Requires-Python"] == ">=3.11"
    assert "Framework :: Apache Airflow :: Provider" in (told.get_all("Classifier") or [])
    extras = set(told.get_all("Provides-Extra") or [])
    assert {"google", "media", "animatic", "dev"} <= extras
    needs = " ".join(told.get_all("Requires-Dist") or [])
    assert "apache-airflow>=3.2" in needs
    assert "openai<4,>=2.20" in needs
    entry_points = wheel.read(f"{folder}/entry_points.txt").decode()
    assert "[apache_airflow_provider]" in entry_points
    assert "airflow_provider_sora.provider_info:get_provider_info" in entry_points
    assert "sora-animatic = airflow_provider_sora.animatic.__main__:main" in entry_points
    assert any(name.startswith(f"{folder}/licenses/LICENSE") for name in wheel.namelist())


def test_constraints_name_versions_and_nothing_of_a_machine() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        name, equals, _ = line.partition("==")
        assert equals and name.replace("-", "").replace("_", "").replace(".", "").isalnum(), line
        assert "://" not in line and "/" not in line, line
