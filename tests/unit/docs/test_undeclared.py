"""What we use of Airflow that it does not declare is listed in docs/undeclared.md, and is there.

Declared is what Airflow's page *Public Interface of Airflow* and the *Task SDK API reference* name, read for 3.3.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import airflow.sdk
import pytest
from airflow.plugins_manager import AirflowPlugin
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.triggers.base import BaseTrigger

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGE = REPOSITORY / "airflow_provider_sora"
PAGE = (REPOSITORY / "docs" / "undeclared.md").read_text("utf-8")
ROWS = {
    cells[1].strip("`"): cells
    for cells in ([cell.strip() for cell in line.split("|")] for line in PAGE.splitlines())
    if len(cells) == 7 and cells[1].startswith("`")
}
#: Beside ``airflow.sdk.__all__``. What ends with a dot names everything below it.
DECLARED = (
    "airflow.exceptions.",
    "airflow.plugins_manager.AirflowPlugin",
    "airflow.sdk.bases.decorator.TaskDecorator",
    "airflow.sdk.log.mask_secret",
    "airflow.triggers.base.",
    # Distributions of their own, whose pages declare these.
    "airflow.providers.google.cloud.hooks.gcs.GCSHook",
    "airflow.providers.http.notifications.",
    "airflow.providers.openlineage.extractors.OperatorLineage",
    "airflow.providers.slack.notifications.",
    "airflow.providers.smtp.notifications.",
    "airflow.providers.standard.operators.hitl.ApprovalOperator",
    "airflow.providers.standard.sensors.",
    "airflow.providers.standard.triggers.",
)
#: Only Airflow 3.3 and later have these, and what asks for them knows that.
SINCE_3_3 = {"airflow.models.task_state_store"}


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def declared(name: str) -> bool:
    module, _, last = name.rpartition(".")
    # On 3.2 the list is shorter: there an import is declared that 3.3 declares, and compat.py does without it.
    if module == "airflow.sdk":
        return not last.startswith("_")
    return any(name == one or (one.endswith(".") and name.startswith(one)) for one in DECLARED)


def listed(name: str) -> bool:
    return any(name == row or name.startswith(f"{row}.") for row in ROWS)


def erased(tree: ast.AST) -> set[int]:
    """The nodes that only a type checker sees."""
    guarded = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    return {id(node) for one in guarded for statement in one.body for node in ast.walk(statement)}


def asked_for(path: Path) -> Iterator[str]:
    """Everything that a file imports of Airflow, or looks for by its name."""
    tree = ast.parse(text_of(path))
    silent = erased(tree)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "airflow")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "airflow":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("find_spec", "import_module")):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and str(first.value).startswith("airflow."):
                yield str(first.value)


FILES = [*PACKAGE.rglob("*.py"), *(REPOSITORY / "dags").glob("*.py"), *(REPOSITORY / "docs" / "examples").glob("*.py")]
USED = {name for path in FILES for name in asked_for(path)}


def private_of_airflow() -> set[str]:
    """Underscored methods of the classes of Airflow that ours derive from."""
    bases = ("bases.decorator.DecoratedOperator", "bases.decorator._TaskDecorator", "BaseHook", "BaseOperatorLink")
    classes = [pkgutil.resolve_name(f"airflow.sdk.{one}") for one in (*bases, "BaseSensorOperator")]
    classes += [BaseTrigger, HITLOperator, AirflowPlugin]
    named = {name for one in classes for base in one.mro() for name, it in vars(base).items() if inspect.isfunction(it)}
    return {name for name in named if name.startswith("_") and not name.startswith("__")}


def overridden() -> set[str]:
    """Those that a class of ours replaces."""
    rooms = ("decorators", "hooks", "links", "operators", "sensors", "tasks", "triggers")
    edge = [*PACKAGE.glob("*.py"), *(path for room in rooms for path in (PACKAGE / room).rglob("*.py"))]
    classes = [node for path in edge for node in ast.walk(ast.parse(text_of(path))) if isinstance(node, ast.ClassDef)]
    ours = {node.name for one in classes for node in one.body if isinstance(node, ast.FunctionDef)}
    return ours & private_of_airflow()


def test_everything_undeclared_that_is_imported_is_listed() -> None:
    assert {name for name in USED if not declared(name) and not listed(name)} == set()


def test_everything_private_that_is_overridden_is_listed() -> None:
    found = overridden()
    assert "_do_render_template_fields" in found
    assert found <= {row.rpartition(".")[2] for row in ROWS}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_what_is_listed_is_there(name: str) -> None:
    if name in SINCE_3_3 and not hasattr(airflow.sdk, "RetryPolicy"):
        pytest.skip("came with Airflow 3.3")
    try:
        pkgutil.resolve_name(name)
    except AttributeError:  # a field that only instances have
        owner, _, last = name.rpartition(".")
        assert last in pkgutil.resolve_name(owner).__annotations__


@pytest.mark.parametrize("name", sorted(ROWS))
def test_each_is_used_where_it_says_and_seen_by_a_test(name: str) -> None:
    _, _, where, *_, test, _ = ROWS[name]
    places = re.findall(r"`([^`]+)`", where)
    assert places
    for place in places:
        files = (PACKAGE / place).rglob("*.py") if (PACKAGE / place).is_dir() else [PACKAGE / place]
        assert any(name in text or name.rpartition(".")[2] in text for text in map(text_of, files)), place
    assert (REPOSITORY / test.strip("`")).is_file(), test


def test_a_declared_list_is_that_of_the_sdk() -> None:
    """Names that are imported from ``airflow.sdk`` stand in its list, where this Airflow is of the developed line."""
    if not hasattr(airflow.sdk, "RetryPolicy"):
        pytest.skip("read for Airflow 3.3")
    from_the_top = {name.rpartition(".")[2] for name in USED if name.rpartition(".")[0] == "airflow.sdk"}
    assert from_the_top and from_the_top <= set(airflow.sdk.__all__)
