"""What a reader types: every block of shell on the pages can be read, and each command in it is one, flag by flag.

The quick start's blocks are run as well, by ``make dist``; those that trigger, render or pay need an Airflow with runs.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from airflow_provider_sora.animatic.__main__ import parser as animatic_parser
from airflow_provider_sora.caps.limits import read_caps
from tests.unit.docs.test_docs import _FENCE, DOCS, PAGES, REPOSITORY, fences

ALL = [*PAGES, REPOSITORY / "CONTRIBUTING.md", REPOSITORY / "RELEASING.md"]
#: ``text`` is output and ``http`` a request; both are no command. The others are read by a test, here or in test_docs.
LANGUAGES = {"dockerfile", "http", "ini", "json", "mermaid", "python", "sh", "text", "yaml"}
BLOCKS = [(path, code) for path in ALL for _, found, code in _FENCE.findall(path.read_text("utf-8")) if found == "sh"]
_CALL = re.compile(r"^(?:\S*/)?(?:airflow |sora-animatic|python -m airflow_provider_sora)")


def lines(code: str) -> list[str]:
    return [line.strip() for line in code.replace("\\\n", " ").splitlines() if line.strip()]


COMMANDS = sorted(
    {line for _, code in BLOCKS for line in lines(code) if _CALL.match(line)}
    | {
        quoted
        for path in ALL
        for quoted in re.findall(r"`(airflow \w+ [^`\n]+)`", _FENCE.sub("", path.read_text("utf-8")))
        if "--" in quoted and not re.search(r"[\[…|]", quoted)
    }
)


@cache
def spec() -> dict[str, Any]:
    import airflow.api_fastapi.core_api.openapi as home

    path = Path(home.__file__).parent / "v2-rest-api-generated.yaml"
    loaded: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded["paths"]


def test_every_block_says_what_it_is() -> None:
    for path in ALL:
        for _, language, code in _FENCE.findall(path.read_text("utf-8")):
            assert language in LANGUAGES, f"{path.name}: {code[:60]!r}"


@pytest.mark.parametrize(("path", "code"), BLOCKS, ids=lambda value: getattr(value, "name", None))
def test_a_shell_can_read_it(path: Path, code: str) -> None:
    plain = code.replace("<this repository>", "ADDRESS")
    subprocess.run(["bash", "-n", "-c", plain], check=True, timeout=10)


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_is_one(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(line, comments=True)
    words = words[: next((n for n, word in enumerate(words) if word in ("|", "&&", ">")), len(words))]
    program, *rest = words
    if program.endswith("airflow"):
        from airflow.cli.cli_parser import get_parser

        get_parser().parse_args(rest)
    else:
        animatic_parser().parse_args(rest[2:] if program == "python" else rest)


def test_there_are_many() -> None:
    assert len(COMMANDS) > 20
    assert any(line.startswith("airflow sora clean") for line in COMMANDS)


def test_connections_and_conf_that_are_shown_can_be_read() -> None:
    from airflow.sdk import Connection

    from airflow_provider_sora.hooks.sora import SoraHook

    shown = [told for _, code in BLOCKS for told in re.findall(r"AIRFLOW_CONN_\w+='(\{.*?\})'", code, re.DOTALL)]
    assert len(shown) >= 5
    for told in shown:
        hook = SoraHook("shown")
        hook.get_connection = lambda _, told=told: Connection.from_json(told, conn_id="shown")  # type: ignore[method-assign]
        assert hook.base_url.startswith("http")
    for _, code in BLOCKS:
        for told in re.findall(r"--conf '(.*?)'", code):
            assert isinstance(json.loads(told), dict)


def test_requests_that_are_shown_are_airflow_s_own() -> None:
    """Of Airflow's REST API; those to the bundled server are tried in the tests of its faults."""
    code = "\n".join(code for path in ALL for _, _, code in _FENCE.findall(path.read_text("utf-8")))
    asked = re.findall(r"-X (\w+)[^|]*?(http://localhost:8080/api/v2[^\s\"']*)", code.replace("\\\n", " "))
    asked += re.findall(r"^(\w+) (/api/v2\S+)", code, re.MULTILINE)
    assert len(asked) >= 3
    known = {
        (method.upper(), len(path.split("/")), re.sub(r"\{[^}]*\}", "[^/]+", path))
        for path, methods in spec().items()
        for method in methods
    }
    for method, address in asked:
        path = urlsplit(address).path
        if "state-store" in path and not any("state-store" in found for _, _, found in known):
            continue  # before Airflow 3.3
        fits = [one for verb, _, one in known if verb == method and re.fullmatch(one, path)]
        assert fits, f"{method} {path}"


def test_configuration_that_is_shown_is_read_by_what_reads_it() -> None:
    shown = {path.name: code for path in ALL for code in fences(path, "ini")}
    assert {"caps.md", "gallery.md"} <= shown.keys()
    for name, code in shown.items():
        read = configparser.ConfigParser(interpolation=None)
        read.read_string(code)
        assert read.sections() == ["sora"], name
        if "caps" in read["sora"]:
            assert len(read_caps(read["sora"]["caps"])) == 3


def test_the_storyboard_that_is_shown_can_be_made() -> None:
    from airflow_provider_sora.storyboards.reading import film_from

    (shown,) = fences(DOCS / "storyboard.md", "yaml")
    assert [shot.scene.id for shot in film_from(shown, "storyboard.md").shots] == ["finished", "door"]
