"""What the page on symptoms quotes stands in the code, word for word."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PAGE = (REPOSITORY / "docs" / "troubleshooting.md").read_text("utf-8")
#: Of Airflow's own words and of what a person types.
NOT_OURS = {"400 Bad Request"}
#: Of several words or with an error's name: that is no argument, setting or command.
QUOTED = sorted(
    {
        quoted
        for quoted in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
        if re.match(r"[A-Za-z][\w']*(?: [\w']+){1,}\.?$", quoted) and not quoted.startswith(("airflow ", "make "))
    }
    - NOT_OURS
)


@pytest.fixture(scope="module")
def said() -> str:
    """Every text in the package's code but docstrings, the pieces of an f-string joined."""
    texts = []
    for path in (REPOSITORY / "airflow_provider_sora").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                texts.append("".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
                texts.append(node.value)
    return "\n".join(texts)


def test_it_quotes_something() -> None:
    assert {"renders blank", "so no Videos API was seen", "this Airflow has no task state store"} <= set(QUOTED)


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_is_quoted_is_what_the_code_says(quoted: str, said: str) -> None:
    assert quoted in said


def test_every_error_it_names_is_one() -> None:
    from airflow_provider_sora import exceptions

    for name in set(re.findall(r"`(\w+Error)`", PAGE)):
        assert issubclass(getattr(exceptions, name), exceptions.SoraError), name
