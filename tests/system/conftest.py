"""One whole Airflow for the module, three servers that help less and less, one strict bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devtools.strict_gcs import StrictGcs
from tests.support.animatic import KEY, AnimaticServer
from tests.system.installation import Installation

#: What a server does to help after a lost answer; the DAGs bear these names.
MODES = {
    "listing": {},
    "blind": {"prompts_in_list": False},
    "keyed": {"honour_idempotency_key": True, "prompts_in_list": False},
}


@dataclass
class Site:
    airflow: Installation
    servers: dict[str, AnimaticServer]
    bucket: StrictGcs


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    servers: dict[str, AnimaticServer] = {}
    try:
        for name, flags in MODES.items():
            patient = {"queue_seconds": 0.2, "render_seconds": 1.0, "log": folder / f"{name}.log", **flags}
            servers[name] = AnimaticServer(state=folder / f"server-{name}", **patient).start()
        with StrictGcs() as bucket:
            bucket.create_bucket("system")
            connections = {
                f"AIRFLOW_CONN_{name.upper()}": json.dumps(
                    {
                        "conn_type": "sora",
                        "host": server.url,
                        "password": KEY,
                        "extra": {
                            "request_timeout": 6,
                            "prices": {"*": {"*": 0.1}},
                            # What a dialect knows of its server: whether it helps after a lost answer.
                            "dialect": {
                                "base": "animatic",
                                "list_has_prompts": name == "listing",
                                "honours_idempotency_key": name == "keyed",
                            },
                        },
                    }
                )
                for name, server in servers.items()
            }
            connections["SORA_TEST_CONNECTIONS"] = ",".join(servers)
            with Installation(
                folder / "site",
                sora_url=servers["listing"].url,
                storage_url=bucket.url,
                connections=connections,
                dag_ids=("twins", *(f"paid_once_{name}_{how}" for name in MODES for how in ("sync", "deferrable"))),
            ) as airflow:
                yield Site(airflow, servers, bucket)
    finally:
        for server in servers.values():
            server.stop()
