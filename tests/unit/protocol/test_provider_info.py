from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airflow_provider_sora import __version__
from airflow_provider_sora.fields import about
from airflow_provider_sora.protocol.http.connection import read_connection
from airflow_provider_sora.protocol.http.extra import ConnectionExtra
from airflow_provider_sora.protocol.servers.dialects import DIALECTS
from airflow_provider_sora.provider_info import get_provider_info


def schema(name: str) -> Any:
    spec = find_spec("airflow")
    assert spec is not None and spec.origin is not None
    return json.loads((Path(spec.origin).parent / name).read_text())


def test_airflow_accepts_it() -> None:
    info = get_provider_info()
    jsonschema.validate(info, schema("provider_info.schema.json"))
    assert info["versions"] == [__version__]
    # The runtime schema lets the form's part pass unread; the schema of provider.yaml knows it.
    full = schema("provider.yaml.schema.json")
    jsonschema.validate(info["connection-types"], {**full["properties"]["connection-types"], **defs(full)})


def defs(full: dict[str, Any]) -> dict[str, Any]:
    return {key: full[key] for key in ("definitions", "$defs") if key in full}


def test_the_form_offers_every_field_and_takes_what_it_offers() -> None:
    from airflow_provider_sora.hooks.sora import SoraHook

    (conn,) = get_provider_info()["connection-types"]
    assert list(conn["conn-fields"]) == list(about(ConnectionExtra))
    assert (conn["connection-type"], conn["hook-name"]) == (SoraHook.conn_type, SoraHook.hook_name)
    for choice in conn["conn-fields"]["auth"]["schema"]["enum"]:
        assert read_connection(conn_id="c", host="http://s", extra={"auth": choice}).auth == choice
    blank = dict.fromkeys(conn["conn-fields"])
    assert read_connection(conn_id="c", host="http://s", extra=blank).dialect == "auto"


def test_the_list_of_dialects_is_whole() -> None:
    (conn,) = get_provider_info()["connection-types"]
    assert conn["conn-fields"]["dialect"]["schema"]["enum"] == ["auto", *DIALECTS]


def test_the_commands_are_airflows_own_kind() -> None:
    from airflow.cli.cli_config import GroupCommand

    (path,) = get_provider_info()["cli"]
    module, _, name = path.rpartition(".")
    (group,) = getattr(import_module(module), name)()
    assert isinstance(group, GroupCommand)
    assert {action.name for action in group.subcommands} == {
        "doctor",
        "catalogue",
        "feed",
        "storyboard",
        "examples",
        "verify",
        "report",
        "clean",
        "forget",
        "review",
        "settle",
    }


@pytest.mark.parametrize("kind", ["operators", "hooks", "sensors", "triggers"])
def test_the_modules_exist(kind: str) -> None:
    for entry in get_provider_info()[kind]:
        for module in entry["python-modules"]:
            assert find_spec(module) is not None
