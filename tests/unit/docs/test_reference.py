"""The API reference of the site names what is public, and what docstrings describe is there."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import airflow_provider_sora.kit

REPOSITORY = Path(__file__).resolve().parents[3]
REFERENCE = REPOSITORY / "docs" / "reference"
NAMED = sorted(
    name for path in REFERENCE.glob("*.md") for name in re.findall(r"^::: (\S+)", path.read_text("utf-8"), re.MULTILINE)
)


def described(name: str) -> set[str]:
    """The parameters that a docstring describes, in Sphinx's form."""
    return set(re.findall(r":param (\w+):", inspect.getdoc(pkgutil.resolve_name(name)) or ""))


def accepted(value: Any) -> set[str]:
    """The parameters of a function, or of a class and all that it passes its keywords on to."""
    if not inspect.isclass(value):
        return set(inspect.signature(value).parameters)
    makers = [vars(base)["__init__"] for base in value.mro() if "__init__" in vars(base) and base is not object]
    return {name for maker in makers for name in inspect.signature(maker).parameters}


def public() -> set[str]:
    """What the registry's file and the kit offer by name."""
    told = yaml.safe_load((REPOSITORY / ".airflow-registry.yaml").read_text("utf-8"))["modules"]
    return {item["path"] for group in told.values() for item in group} | {
        f"airflow_provider_sora.kit.{name}" for name in airflow_provider_sora.kit.__all__
    }


def test_the_reference_has_all_that_is_public_once() -> None:
    assert public() - set(NAMED) == set()
    assert len(NAMED) == len(set(NAMED))


@pytest.mark.parametrize("name", NAMED)
def test_it_is_there_and_says_what_it_is(name: str) -> None:
    value = pkgutil.resolve_name(name)
    assert inspect.getdoc(value)
    if callable(value):
        assert described(name) <= accepted(value), name


def test_every_public_method_of_the_hook_says_what_it_does() -> None:
    hook = importlib.import_module("airflow_provider_sora.hooks.sora").SoraHook
    silent = [
        name
        for name, value in inspect.getmembers(hook, inspect.isfunction)
        if not name.startswith("_")
        and value.__module__.startswith("airflow_provider_sora")
        and not inspect.getdoc(value)
    ]
    assert silent == []


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    nav = (REPOSITORY / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r"([\w/-]+\.md)$", nav, re.MULTILINE)
    pages = {path.relative_to(REPOSITORY / "docs").as_posix() for path in (REPOSITORY / "docs").rglob("*.md")}
    assert pages <= set(listed)
    assert len(listed) == len(set(listed))
