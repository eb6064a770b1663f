"""Fixtures around the strict Cloud Storage emulator."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from testbed.strict_gcs import StrictGcs

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[StrictGcs]:
    """One emulator for the whole session."""
    with StrictGcs() as server:
        yield server


@pytest.fixture
def gcs_bucket(gcs_server: StrictGcs, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh bucket's name; clients made in the test talk to the emulator."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_server.url)
    name = f"bucket-{next(_numbers)}"
    gcs_server.create_bucket(name)
    return name
