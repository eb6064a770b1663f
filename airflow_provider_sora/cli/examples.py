"""``airflow sora examples``: the DAGs that come with this package, listed, or copied to where they can be changed."""

from __future__ import annotations

import ast
import re
import shutil
from argparse import Namespace
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from airflow_provider_sora.cli.command import command, show
from airflow_provider_sora.exceptions import ConfigurationError


@command
def examples(args: Namespace) -> int:
    """The DAGs, or with ``--to`` copies of those named; 1 where something else lay in a copy's place."""
    known = found()
    if not args.names:
        rows = [{"name": name, "what": says(path)} for name, path in known.items()]
        show(rows, args.output, [(f"{len(rows)} DAGs; copy with: airflow sora examples NAME --to FOLDER", rows)])
        return 0
    if unknown := [name for name in args.names if name not in known]:
        raise ConfigurationError(
            f"There is no example {', '.join(unknown)}; there are {', '.join(known)}. Nothing was copied."
        )
    if not args.to:
        raise ConfigurationError("--to FOLDER is missing, such as your DAG folder. Nothing was copied.")
    rows = [
        {"file": str(target), "what": placed(source, target)}
        for source, target in copies([known[name] for name in args.names], Path(args.to))
    ]
    show(rows, args.output, [("", rows)])
    return 1 if any(row["what"] == _OTHER for row in rows) else 0


_COPIED, _SAME, _OTHER = "copied", "there already", "left alone: another file lies there"


def folders() -> list[Path]:
    """Where they lie: in an installed package within it, in a clone beside it."""
    package = Path(str(resources.files("airflow_provider_sora")))
    installed = package / "example_dags"
    if installed.is_dir():
        return [installed, installed / "small"]
    return [package.parent / "dags", package.parent / "docs" / "examples"]


def found() -> dict[str, Path]:
    """Every example by name; those that make no DAG are not among them."""
    return {
        path.stem: path
        for folder in folders()
        for path in sorted(folder.glob("*.py"))
        if re.search(r"\bDAG\(|^@dag\(", path.read_text("utf-8"), re.MULTILINE)
    }


def says(path: Path) -> str:
    """The first sentence of a file's own text."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())


def copies(wanted: Sequence[Path], to: Path) -> Iterator[tuple[Path, Path]]:
    """Each file to copy and its place: the DAGs, and what lies beside them and is named in them or as they are."""
    seen = set()
    for dag in wanted:
        text = dag.read_text("utf-8")
        beside = [
            path
            for path in dag.parent.iterdir()
            if path.suffix != ".py" and (f'"{path.name}"' in text or path.stem == dag.stem)
        ]
        for path in (dag, *beside):
            for source in sorted(path.rglob("*")) if path.is_dir() else [path]:
                target = to / source.relative_to(dag.parent)
                if source.is_file() and target not in seen:
                    seen.add(target)
                    yield source, target


def placed(source: Path, target: Path) -> str:
    """Copy one file, over nothing that is there; says what became of it."""
    if target.exists():
        return _SAME if target.is_file() and target.read_bytes() == source.read_bytes() else _OTHER
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return _COPIED
