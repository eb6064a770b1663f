"""What a package index gets, and what somebody has who installs it: ``make dist`` builds both files first.

``SORA_DIST`` names the folder they lie in, ``SORA_DIST_PYTHON`` the Python that builds and renders.
"""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import textwrap
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from airflow_provider_sora import __version__
from testbed.ports import free_port

DIST, TOOLS = Path(os.environ.get("SORA_DIST", "")), os.environ.get("SORA_DIST_PYTHON", "")
REPOSITORY = Path(__file__).resolve().parents[3]
PROJECT = Path(__file__).parent / "user_project"
pytestmark = pytest.mark.skipif(not TOOLS, reason="make dist builds what is looked at")
_RENDER = "import readme_renderer.markdown as m, sys; sys.stdout.write(m.render(sys.stdin.read(), variant='GFM') or '')"


@pytest.fixture(scope="module")
def wheel() -> Iterator[zipfile.ZipFile]:
    (path,) = DIST.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    (path,) = DIST.glob("*.tar.gz")
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(path) as packed:
        packed.extractall(folder, filter="data")
    (found,) = folder.iterdir()
    return found


def test_both_files_are_of_this_version() -> None:
    assert sorted(path.name for path in DIST.iterdir() if not path.name.startswith(".")) == [
        f"airflow_provider_sora-{__version__}-py3-none-any.whl",
        f"airflow_provider_sora-{__version__}.tar.gz",
    ]


def test_the_source_builds_the_very_same_wheel(source: Path, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    command = [TOOLS, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as built:
        assert {item.filename: item.CRC for item in built.infolist()} == {
            item.filename: item.CRC for item in wheel.infolist()
        }


def test_the_source_holds_what_its_tests_and_its_licence_need(source: Path) -> None:
    for name in ("LICENSE", "Makefile", "constraints.txt", "mkdocs.yml", "tests/conftest.py", "docs/index.md", "dags"):
        assert (source / name).exists(), name


def test_the_description_shows_and_leads_somewhere_on_a_package_index(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    told = email.message_from_bytes(wheel.read(name))
    assert told["Description-Content-Type"] == "text/markdown"
    text = told.get_payload(decode=True)
    assert isinstance(text, bytes)
    shown = subprocess.run(
        [TOOLS, "-c", _RENDER], input=text, capture_output=True, check=True, timeout=60
    ).stdout.decode()
    urls = dict(line.split(", ", 1) for line in told.get_all("Project-URL") or [])
    assert set(urls) == {"Documentation", "Changelog", "Issues", "Source"}
    targets = re.findall(r'(?:href|src)="([^"]+)"', shown)
    assert len(targets) > 20 and "<img" in shown and "<table>" in shown
    for target in targets:
        if target.startswith("#"):  # what the index itself puts at every heading
            assert f'id="{target[1:]}"' in shown, target
            continue
        assert urlsplit(target).scheme == "https", target
        if target.startswith(urls["Source"]):
            _, kind, version, path = urlsplit(target).path.split("/", 3)
            assert (kind, version) in (("blob", f"v{__version__}"), ("raw", f"v{__version__}")), target
            assert (REPOSITORY / path).is_file(), target


def test_all_addresses_of_the_project_are_below_one() -> None:
    told = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    root = told["project"]["urls"]["Source"]
    assert all(url.startswith(root) for url in told["project"]["urls"].values())
    hook = told["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    assert all(entry["replacement"].startswith(f"\\1{root}/") for entry in hook["substitutions"])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel, as it is installed; all that the wheel needs comes from the environment of the tests."""
    folder = tmp_path_factory.mktemp("user")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "venv"), "platbase": str(folder / "venv")}))
    with zipfile.ZipFile(next(DIST.glob("*.whl"))) as packed:
        packed.extractall(site)
    # The path alone: what .pth files lie there (that of the editable install) is not followed.
    (site / "zz_needs.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin" / "python"


def test_the_wheel_is_what_is_imported(installed: Path) -> None:
    code = "import airflow_provider_sora as p; print(p.__version__, p.__file__)"
    done = subprocess.run([installed, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    version, path = done.stdout.split()
    assert version == __version__ and Path(path).is_relative_to(installed.parents[1])


def test_airflow_finds_the_provider_and_every_example_of_the_wheel_is_a_dag(installed: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
    }
    command = [installed, "-P", "-m", "airflow", "sora", "examples", "-o", "json"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment)
    assert listed.returncode == 0, listed.stderr
    code = (
        "import pathlib, airflow_provider_sora as p\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        "folder = pathlib.Path(p.__file__).parent / 'example_dags'\n"
        "for path in sorted(folder.rglob('*.py')):\n"
        "    bag = DagBag(dag_folder=str(path))\n"
        "    print('RAN', path.stem, *(bag.import_errors and ['BROKEN'] or sorted(bag.dags)))\n"
    )
    done = subprocess.run([installed, "-P", "-c", code], capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    ran = {words[1]: words[2:] for words in map(str.split, done.stdout.splitlines()) if words[:1] == ["RAN"]}
    originals = {path.stem for folder in ("dags", "docs/examples") for path in (REPOSITORY / folder).glob("*.py")}
    scripts = {name for name in originals if name.startswith(("hook_", "script_"))}
    assert ran == {name: [] if name in scripts else [name] for name in originals}
    assert all(f'"{name}"' in listed.stdout for name in ("news_insert", "first_clip"))


def shell_of(page: str) -> list[str]:
    """The blocks of shell in *From nothing to a clip*, in their order."""
    section = (REPOSITORY / "docs" / page).read_text("utf-8").split("\n## ")[1]
    return [textwrap.dedent(code) for code in re.findall(r"^ *```sh\n(.*?)^ *```", section, re.DOTALL | re.MULTILINE)]


@pytest.mark.timeout(2400)
def test_the_quick_start_leads_from_nothing_to_a_clip(tmp_path: Path) -> None:
    """Its commands as they stand there, one shell after the other, in an environment in which nothing is.

    Only the bundled server's port is another, and what the package needs comes in the versions of constraints.txt.
    """
    install, serve, *rest = shell_of("quickstart.md")
    shutil.copytree(DIST, tmp_path / "dist")
    port = str(free_port())
    serve, *rest = (code.replace("8765", port) for code in (serve, *rest))
    home = {"HOME": str(tmp_path), "PIP_CONSTRAINT": str(REPOSITORY / "constraints.txt"), "PIP_NO_COMPILE": "1"}
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON", "VIRTUAL"))}

    def shell(code: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-euc", code], cwd=tmp_path, env=env | home, capture_output=True, text=True, timeout=1100
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done

    shell(install)
    command = ["bash", "-euc", f"exec {serve.splitlines()[-1]}"]
    path = {"PATH": f"{tmp_path}/clips-venv/bin:{env['PATH']}"}
    with subprocess.Popen(command, cwd=tmp_path, env=env | home | path) as server:
        try:
            shell("\n".join([". clips-venv/bin/activate", *rest]))
        finally:
            server.terminate()
    assert len(list((tmp_path / "clips-airflow" / "clips").glob("*/receipt.json"))) == 2
    assert len(list((tmp_path / "clips-airflow" / "clips").glob("*/video.mp4"))) == 2


@pytest.mark.timeout(900)
def test_a_users_project_passes_mypy_strict_against_the_installed_package(installed: Path, tmp_path: Path) -> None:
    # Copied out of this repository, whose sources mypy would take instead of what is installed.
    project = shutil.copytree(PROJECT, tmp_path / "project")

    def strict(name: str) -> subprocess.CompletedProcess[str]:
        where = ("--python-executable", str(installed), "--cache-dir", str(tmp_path / "cache"), "--config-file=")
        command = [sys.executable, "-m", "mypy", "--strict", *where, name]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=600)

    done = strict("campaign.py")
    assert done.returncode == 0, done.stdout
    done = strict("mistaken.py")
    assert done.returncode == 1
    assert "mistaken.py:5: error" in done.stdout and "mistaken.py:6: error" in done.stdout, done.stdout
