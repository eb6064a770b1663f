"""The documents are true where a machine can tell: links, imports, names, numbers and every example."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import runpy
import textwrap
import unicodedata
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from airflow.sdk import DAG, BaseOperator
from airflow.sdk.bases.sensor import BaseSensorOperator

from airflow_provider_sora import exceptions
from airflow_provider_sora.animatic.__main__ import parser
from airflow_provider_sora.animatic.errors import JOB_FAILURES, PRESETS
from airflow_provider_sora.animatic.faults.actions import ANSWERS, OPTIONS, SHAPES
from airflow_provider_sora.archive.afterwards import totals as archive_report
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.decorators.kept import REQUEST_KEY
from airflow_provider_sora.jobs.cost import estimate_usd
from airflow_provider_sora.jobs.ledger import STATE_KEY
from airflow_provider_sora.jobs.settling.siblings import CLAIM_KEY
from airflow_provider_sora.operators import archive, cut, reshape, video
from airflow_provider_sora.operators.budget import BudgetCheckOperator
from airflow_provider_sora.operators.review import _SEEN_KEY
from airflow_provider_sora.protocol.servers.custom import resolve_dialect
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import DIALECTS
from airflow_provider_sora.provider_info import CONNECTION_FIELDS
from airflow_provider_sora.record import RECORD_KEY, VideoRecord
from airflow_provider_sora.sensors.video import VideoCompletionSensor
from airflow_provider_sora.tasks.archiving.archive_support import _DESTINATION_KEY
from airflow_provider_sora.tasks.on_refusal import REFUSAL_KEY
from airflow_provider_sora.tasks.questions.reviewing import _ANSWER_KEY, CHANGE_KEY
from airflow_provider_sora.triggers.video import VideoCompletionTrigger
from testbed.airflow_env import HISTORICAL_PRICES
from tests.support.features import retry_policies

REPOSITORY = Path(__file__).resolve().parents[3]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*REPOSITORY.glob("README*.md"), *DOCS.glob("*.md"), *(DOCS / "ja").glob("*.md")])
#: How a piece of code on a page begins: with the file that holds it, and that a test runs.
NAMES_A_FILE = ("# docs/examples/", "# dags/")
#: Those without a DAG are run by test_hook_page.py and test_scripts.py of the integration tests.
EXAMPLES = sorted(path for path in (DOCS / "examples").glob("*.py") if not path.stem.startswith(("hook_", "script_")))
OPERATORS = [
    *(getattr(video, name) for name in video.__all__),
    *(getattr(archive, name) for name in archive.__all__),
    *(getattr(cut, name) for name in cut.__all__),
    *(getattr(reshape, name) for name in reshape.__all__),
    BudgetCheckOperator,
]
OPERATOR_PAGES = ("operators.md", "operators-archive.md")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def operator_pages() -> str:
    return "\n".join(map(page, OPERATOR_PAGES))


def named(text: str) -> set[str]:
    """Everything that stands between backticks; ``a b c`` in one pair counts as three names."""
    return {word for quoted in re.findall(r"`([^`\n]+)`", _FENCE.sub("", text)) for word in quoted.split()}


def fences(path: Path, language: str) -> list[str]:
    return [code for _, found, code in _FENCE.findall(path.read_text("utf-8")) if found == language]


def anchors(path: Path) -> set[str]:
    """The fragments that a heading gets on the usual hosts."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    kept = ("".join(c for c in h.lower() if c in " -_" or unicodedata.category(c)[0] in "LN") for h in headings)
    return {heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target in _LINK.findall(_FENCE.sub("", path.read_text("utf-8"))):
        if "://" in target:
            continue
        name, _, fragment = target.partition("#")
        found = (path.parent / unquote(name)).resolve() if name else path
        assert found.exists(), f"{path.name} links to {target}, which is not there"
        if fragment:
            assert fragment in anchors(found), f"{path.name} links to {target}, but {found.name} has no such heading"


def test_every_page_is_in_the_contents_and_both_readmes() -> None:
    for readme in ("README.md", "README.ja.md"):
        linked = set(_LINK.findall((REPOSITORY / readme).read_text("utf-8")))
        assert {f"docs/{path.name}" for path in DOCS.glob("*.md")} <= linked, readme
        assert {"CHANGELOG.md", "CONTRIBUTING.md", "RELEASING.md"} <= linked, readme
    assert {path.name for path in DOCS.glob("*.md")} - {"index.md"} <= set(_LINK.findall(page("index.md")))


def imports_of(code: str) -> list[tuple[str, list[str]]]:
    """Of a whole file, or of an indented piece of one behind the comment that names it."""
    head, _, rest = code.partition("\n")
    whole = textwrap.dedent(rest if head.lstrip().startswith(NAMES_A_FILE) else code)
    found = [node for node in ast.walk(ast.parse(whole)) if isinstance(node, ast.ImportFrom)]
    return [(node.module or "", [alias.name for alias in node.names]) for node in found]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_python_in_the_documents_parses_and_its_imports_work(path: Path) -> None:
    for code in fences(path, "python"):
        for module, names in imports_of(code):
            if module.startswith("airflow_provider_sora"):
                loaded = importlib.import_module(module)
                for name in names:
                    assert hasattr(loaded, name), f"{path.name}: {module} has no {name}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_name_of_the_package_in_the_text_leads_somewhere(path: Path) -> None:
    for name in re.findall(r"`(airflow_provider_sora(?:\.\w+)+)", path.read_text("utf-8")):
        pkgutil.resolve_name(name)  # raises where there is no such module, class or function


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_all_python_on_a_page_is_part_of_a_file_that_is_run(path: Path) -> None:
    if not path.name.startswith("README"):  # these show one example whole, see below
        for code in fences(path, "python"):
            assert code.lstrip().startswith(NAMES_A_FILE), f"{path.name}: {code[:60]!r} names no file"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_code_that_names_an_example_stands_in_it_word_for_word(path: Path) -> None:
    for code in fences(path, "python"):
        head, _, rest = code.lstrip().partition("\n")
        if head.startswith(NAMES_A_FILE):
            source = (REPOSITORY / head.removeprefix("# ")).read_text("utf-8")
            lines = [line.strip() for line in source.splitlines()]
            wanted = [line.strip() for line in rest.splitlines()]
            at = [n for n in range(len(lines)) if lines[n : n + len(wanted)] == wanted]
            assert at, f"{path.name} shows {head.removeprefix('# ')} otherwise than it is"


def test_the_readmes_show_the_first_example() -> None:
    source = (DOCS / "examples" / "first_clip.py").read_text("utf-8")
    shown = source.split("# START first_clip\n")[1].split("# END first_clip")[0]
    for readme in ("README.md", "README.ja.md"):
        assert shown in (REPOSITORY / readme).read_text("utf-8"), readme


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_dag(path: Path) -> None:
    if "(Airflow 3.3 and later)" in path.read_text("utf-8"):
        retry_policies()
    if "airflow.providers.http" in path.read_text("utf-8"):
        pytest.importorskip("airflow.providers.http", reason="the oldest Airflow's environment has few providers")
    scope: dict[str, Any] = {"__name__": f"docs_example_{path.stem}", "__file__": str(path)}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), scope)
    dags = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DAG":
            dags.append(ast.literal_eval(node.args[0]))
    assert dags == [path.stem]
    operators = [
        value for value in scope.values() if isinstance(value, (BaseOperator, DAG)) or hasattr(value, "task_id")
    ]
    assert operators or {"task_group", "policy", "under_way"} & scope.keys()


def test_the_batch_of_the_documents_has_a_price_by_model_and_size() -> None:
    """An item that leaves its size open has none, unless the connection prices every size."""
    items = runpy.run_path(str(DOCS / "examples" / "one_group_per_item.py"))["ITEMS"]
    for item in items:
        assert estimate_usd(HISTORICAL_PRICES, "sora-2", item.get("size"), item.get("seconds")) is not None


def test_the_hooks_page_has_every_method_with_its_signature() -> None:
    from airflow_provider_sora.hooks.sora import SoraHook

    text = page("hook.md")
    shown = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \|", text, re.MULTILINE))
    inherited = {"get_conn", "get_connection", "get_hook", "submit", "aload", "get_connection_form_widgets"}
    methods = {
        name
        for base in SoraHook.mro()
        if base.__module__.startswith("airflow_provider_sora")
        for name, value in vars(base).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and name != "asession"
        and not inspect.iscoroutinefunction(value)
    } - inherited
    assert set(shown) == methods
    for name, signature in shown.items():
        found = inspect.signature(getattr(SoraHook, name))
        parameters = [
            p.replace(annotation=inspect.Parameter.empty) for p in found.parameters.values() if p.name != "self"
        ]
        wanted = str(inspect.Signature(parameters)).strip("()").replace("'", '"')
        assert signature == wanted, name


def arguments(cls: type) -> set[str]:
    """Names of every argument that the provider's own classes add."""
    found: set[str] = set()
    for base in cls.mro():
        if base in (BaseOperator, BaseSensorOperator) or not base.__module__.startswith("airflow_provider_sora"):
            continue
        if "__init__" in vars(base):
            found |= {p.name for p in inspect.signature(base.__init__).parameters.values() if p.kind is p.KEYWORD_ONLY}
    return found


@pytest.mark.parametrize("cls", [*OPERATORS, VideoCompletionSensor, VideoCompletionTrigger], ids=lambda c: c.__name__)
def test_every_parameter_is_described(cls: type) -> None:
    text = operator_pages()
    assert re.search(rf"^#+ {cls.__name__}$", text, re.MULTILINE), f"{cls.__name__} has no section"
    assert arguments(cls), cls
    assert arguments(cls) <= named(text)


def test_every_operator_that_the_package_names_has_a_section() -> None:
    told = yaml.safe_load((REPOSITORY / ".airflow-registry.yaml").read_text("utf-8"))["modules"]
    named_there = {
        item["path"].rpartition(".")[2] for kind in ("operators", "sensors", "triggers") for item in told[kind]
    }
    assert named_there <= set(re.findall(r"^#+ (\w+)$", operator_pages(), re.MULTILINE))


@pytest.mark.parametrize("cls", [*OPERATORS, VideoCompletionSensor], ids=lambda c: c.__name__)
def test_a_t_marks_exactly_the_templated_parameters(cls: type) -> None:
    templated = {}
    for line in operator_pages().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 6 and cells[1].startswith("`"):
            templated[re.findall(r"`(\w+)`", cells[1])[0]] = cells[2] == "T"
    for name in arguments(cls) & templated.keys():
        assert templated[name] is (name in cls.template_fields), f"{cls.__name__}.{name}"


def test_every_connection_field_is_described() -> None:
    assert set(CONNECTION_FIELDS) | {"host", "password"} <= named(page("connection.md"))


def all_errors(root: type[Exception] = exceptions.SoraError) -> set[type[Exception]]:
    return {root}.union(*(all_errors(child) for child in root.__subclasses__()))


def test_every_error_is_described_with_the_truth_about_its_retry() -> None:
    rows = {}
    for line in page("errors.md").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 7 and cells[1].startswith("`"):
            rows[cells[1].strip("`")] = cells[4]
    public = {error.__name__: error for error in all_errors() if error.__module__ == exceptions.__name__}
    assert rows.keys() == public.keys()
    for name, error in public.items():
        assert (rows[name] == "no") is error.never_retry, name


def test_every_dialect_and_each_of_its_fields_is_described() -> None:
    text = page("servers.md")
    table = set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE))
    assert set(DIALECTS) <= table
    assert {f.name for f in fields(Dialect)} - {
        "documented_only",
        "sources",
        "paid_headers",
        "paid_fields",
        "repeats",
    } <= named(text)


def test_the_table_of_dialects_says_what_the_dialects_say() -> None:
    for line in page("servers.md").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 11 or cells[1].strip("`") not in DIALECTS:
            continue
        dialect = DIALECTS[cells[1].strip("`")]
        _, _, _, known, remix, derive, listing, delete, lost, model, _ = cells
        assert dialect.documented_only is (known == "documents"), dialect.name
        assert (remix != "no") is dialect.has("remix"), dialect.name
        assert (derive == "yes") is (dialect.has("edit") and dialect.has("extend")), dialect.name
        assert (listing != "no") is dialect.has("list"), dialect.name
        assert (delete != "no") is dialect.has("delete"), dialect.name
        assert (lost == "yes") is dialect.list_has_prompts, dialect.name
        assert lost.startswith("by its") is dialect.honours_idempotency_key, dialect.name
        assert model.replace("the one served", "served") == dialect.model_rule, dialect.name


def test_a_described_gateway_of_the_documents_is_accepted() -> None:
    import json

    shown = [json.loads(code) for code in fences(DOCS / "servers.md", "json")]
    described = [document["dialect"] for document in shown if "dialect" in document]
    assert described
    in_the_form = json.loads(re.findall(r"\{.*\}", CONNECTION_FIELDS["dialect_overrides"]["description"])[0])
    for description in (*described, {"base": "openai", **in_the_form}):
        assert resolve_dialect(description) is not None


def test_the_keys_of_the_xcom_mapping_are_described() -> None:
    text = page("stability.md")
    assert {f.name for f in fields(VideoRecord)} <= named(text)
    table = text.split("## Other keys in Airflow")[1].split("##")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == {
        "video_id",
        RECORD_KEY,
        CLAIM_KEY,
        STATE_KEY,
        REQUEST_KEY,
        REFUSAL_KEY,
        _DESTINATION_KEY,
        _ANSWER_KEY,
        _SEEN_KEY,
        CHANGE_KEY,
    }


def test_flags_and_faults_of_the_bundled_server_are_described() -> None:
    words = {word.strip(",`") for word in page("animatic.md").replace("|", " ").split()}
    flags = {option for action in parser()._actions for option in action.option_strings if option.startswith("--")}
    for flag in flags - {"--help"}:
        positive, negative = flag.replace("--no-", "--", 1), "--no-" + flag[2:]
        assert {flag, positive, negative} & words, flag
    assert {*SHAPES, *ANSWERS, *OPTIONS, *PRESETS, *JOB_FAILURES} <= named(page("animatic.md"))


def test_the_words_of_the_report_are_described() -> None:
    assert set(archive_report.KEYS) <= named(page("archive.md"))


def params_of(path: Path) -> set[str]:
    """Names in a DAG file's PARAMS, without running it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "PARAMS":
            assert isinstance(node.value, ast.Dict)
            return {ast.literal_eval(key) for key in node.value.keys if key is not None}
    raise AssertionError(f"{path} has no PARAMS")


def test_the_receipt_of_the_documents_is_one() -> None:
    shown = re.search(r"```json\n(.*?)```", page("archive.md"), re.DOTALL)
    assert shown is not None
    assert read_receipt(shown[1].encode(), "archive.md")["kind"] == "video"


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("news_insert", ["dags.md"]),
        ("ecommerce_product_video", ["dags.md"]),
        ("storyboard", ["storyboard.md", "dags.md"]),
    ],
)
def test_every_param_and_variable_of_the_dags_is_described(name: str, pages: list[str]) -> None:
    path = REPOSITORY / "dags" / f"{name}.py"
    variables = set(re.findall(r'os\.environ\.get\("(\w+)"', path.read_text("utf-8")))
    text = "\n".join(map(page, pages))
    assert params_of(path) | variables <= {word.rstrip(",") for word in named(text)}


def test_every_make_target_in_the_documents_exists_and_each_is_described() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))
    contributing = REPOSITORY / "CONTRIBUTING.md"
    for path in [*PAGES, contributing]:
        for name in re.findall(r"(?:^(?:    )?|`)make ([a-z0-9-]+)", path.read_text("utf-8"), re.MULTILINE):
            assert name in targets, f"{path.name} names make {name}"
    told = set(re.findall(r'@echo "make ([a-z0-9-]+)', makefile)) - {"venv"}
    described = page("quickstart.md") + contributing.read_text("utf-8")
    assert told <= set(re.findall(r"^\| `make ([a-z0-9-]+)", described, re.MULTILINE))
