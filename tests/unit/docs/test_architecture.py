"""The page on the layout names files that exist, and texts in the code point to what is still there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import airflow_provider_sora

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGE = Path(airflow_provider_sora.__file__).parent
PAGE = REPOSITORY / "docs" / "architecture.md"
#: Sphinx's way of naming something: ``:func:`~.jobs.cost.estimate_usd```.
_POINTER = re.compile(r":(?:mod|func|class|meth|data|attr):`~?([\w.]+)`")
_DOTTED = re.compile(r"airflow_provider_sora(?:\.\w+)+")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


def test_every_file_on_the_page_is_there() -> None:
    named = set(re.findall(r"`([\w/]+(?:\.\w+|/))`", PAGE.read_text("utf-8")))
    assert {"operators/video.py", "protocol/http/client.py", "dags/news_insert.py", "stores/"} <= named
    missing = {name for name in named if "/" in name or name.endswith(".py")} - {
        name for name in named if (PACKAGE / name).exists() or (REPOSITORY / name).exists()
    }
    assert missing == set()


def test_the_page_says_why_a_module_name_occurs_again() -> None:
    names = Counter(path.stem for path in PACKAGE.rglob("*.py") if not path.stem.startswith("__"))
    told = PAGE.read_text("utf-8").partition("### Module names that occur more than once")[2]
    listed = [name for row in re.findall(r"^\|.*\|(.*)\|$", told, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == sorted(name for name, count in names.items() if count > 1)


@pytest.mark.parametrize("place", sorted(path.parent for path in PACKAGE.rglob("__init__.py")), ids=module_of)
def test_every_room_says_what_belongs_in_it(place: Path) -> None:
    text = ast.get_docstring(ast.parse((place / "__init__.py").read_text("utf-8")))
    assert text and len(text.splitlines()) <= 10


def modules() -> dict[str, set[str]]:
    """Every module with the names that stand in its code."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        names = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, ast.alias):
                names.add((node.asname or node.name).rpartition(".")[2])
            elif isinstance(node, (ast.Name, ast.arg, ast.Attribute)):
                names.add(getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "attr", ""))
        found[module_of(path)] = names
    return found


def leads_somewhere(name: str, known: dict[str, set[str]]) -> bool:
    parts = name.split(".")
    found = next(i for i in range(len(parts), 0, -1) if ".".join(parts[:i]) in known)
    return found == len(parts) or parts[found] in known[".".join(parts[:found])]


def pointers(path: Path) -> Iterator[tuple[str, str]]:
    """What a file's texts point to: as it is written, and in full."""
    text, module = path.read_text("utf-8"), module_of(path)
    yield from ((name, name) for name in _DOTTED.findall(text))
    for name in _POINTER.findall(text):
        up = len(name) - len(name.lstrip("."))
        if up:
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            yield name, ".".join([*package.split(".")[: len(package.split(".")) - up + 1], name.lstrip(".")])
        elif not name.startswith(("airflow", "collections", "datetime")):
            yield name, f"{module}.{name}"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_of)
def test_what_a_text_points_to_is_there(path: Path, known: dict[str, set[str]]) -> None:
    assert [shown for shown, full in pointers(path) if not leads_somewhere(full, known)] == []


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    found = modules()
    found["airflow_provider_sora.planning"] |= {"NAME"}  # any that has moved
    return found
