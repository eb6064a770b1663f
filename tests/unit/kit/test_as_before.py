"""The two DAGs that are shipped are, task for task and param for param, what they were when written out by hand."""

from __future__ import annotations

import json
import re
import runpy
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.support.features import retry_policies
from tests.unit.kit.serialized import load, serialized, under_new_names

HERE = Path(__file__).parent
DAGS = Path(__file__).parents[3] / "dags"
EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
#: The same words in every DAG now; what they say holds for both.
REWORDED = {
    "news_insert": {"max_cost_usd": "This run; the rest waits"},
    "ecommerce_product_video": {"dry_run": "Write the index with prompts and cost; submit nothing"},
}


#: What a report task of the kit has beside what was written out by hand: it tells those who review.
TELLS = {"index": ("inlets", "outlets")}


def before(dag_id: str) -> Any:
    found = json.loads(
        (HERE / "as_before" / f"{dag_id}.json")
        .read_text("utf-8")
        .replace("variant_fallback == 'create'", "variant_fallback in ('recreate', 'create')")
    )
    for name, param in found["params"]:
        param["description"] = REWORDED[dag_id].get(name, param["description"])
        if name == "variant_fallback":
            # The words of RemixOperator; those of 0.1 are taken as well.
            allowed: dict[str, Any] = {"pattern": "^(fail|recreate|none|create)$", "examples": ["fail", "recreate"]}
            assert re.fullmatch(allowed["pattern"], param["default"])
            param["default"], param["schema"]["__var"] = "fail", {"type": "string", **allowed}
    return under_new_names(found)


def by_task(found: Any) -> dict[str, Any]:
    return {task["__var"]["task_id"]: task["__var"] for task in found["tasks"]}


@pytest.mark.parametrize("dag_id", REWORDED)
def test_a_dag_is_what_it_was(dag_id: str) -> None:
    retry_policies()
    kept, now = before(dag_id), under_new_names(serialized(load(DAGS / f"{dag_id}.py"), DAGS))
    for task_id, names in TELLS.items():
        for name in names:
            [told] = by_task(now)[task_id].pop(name)
            assert told["__var"]["name"] == "sora_made"
    [told] = now.pop("dag_dependencies")
    assert (told["target"], told["label"]) == ("asset-alias", "sora_made") and not kept.pop("dag_dependencies")
    # Without a value, as it is here, nothing else of the DAG knows of it.
    [drafts] = [param for name, param in now["params"] if name == "draft_model"]
    assert drafts["default"] is None and "draft_model" not in json.dumps([now["tasks"], now["task_group"]])
    now["params"] = [one for one in now["params"] if one[0] != "draft_model"]
    assert [name for name, _ in now["params"]] == [name for name, _ in kept["params"]]
    assert list(by_task(now)) == list(by_task(kept))
    for task_id, task in by_task(kept).items():
        assert by_task(now)[task_id] == task, task_id
    assert now == kept


@pytest.mark.parametrize("dag_id", REWORDED)
def test_a_file_copied_from_0_1_makes_the_same_dag(dag_id: str) -> None:
    retry_policies()
    folder = HERE / "dags_of_0_1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        now = under_new_names(serialized(load(folder / f"{dag_id}.py"), folder))
    kept = under_new_names(json.loads((HERE / "as_before" / f"{dag_id}.json").read_text("utf-8")))
    assert by_task(now) == by_task(kept) and now["task_group"] == kept["task_group"]
    assert [name for name, _ in now["params"]] == [name for name, _ in kept["params"]]


@pytest.mark.parametrize(
    "path", [*sorted(DAGS.glob("*.py")), *sorted(EXAMPLES.glob("*.py"))], ids=lambda path: path.stem
)
def test_no_file_that_we_ship_uses_a_former_name(path: Path) -> None:
    retry_policies()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        runpy.run_path(str(path), run_name="loaded")
    assert not [str(one.message) for one in seen if "former name" in str(one.message)]
