"""A DAG file that was copied from 0.1 imports its parts from where they were then."""

from __future__ import annotations

import importlib
import sys

import pytest

from airflow_provider_sora.planning import MOVED


@pytest.mark.parametrize("name", sorted(MOVED))
def test_what_moved_is_found_under_its_old_name(name: str) -> None:
    old, new = f"airflow_provider_sora.planning.{name}", f"airflow_provider_sora.{MOVED[name]}"
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"{old} has moved to {new}"):
        assert importlib.import_module(old) is importlib.import_module(new)
    assert sys.modules[new].__name__ == new and sys.modules[new].__spec__.name == new


def test_what_never_was_is_missing() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"planning\.nothing"):
        importlib.import_module("airflow_provider_sora.planning.nothing")
