"""What is written out from descriptions of fields: ``python -m devtools.descriptions``.

``--write`` writes the connection form into ``provider_info.py``, which may import nothing, the tables into the
documents, and the JSON Schemas of a style and a storyboard. Without it, the command says what no longer shows today's
descriptions, and ends with 1 then.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import textwrap
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter

from airflow_provider_sora.fields import About, about
from airflow_provider_sora.prompts.style_file import StyleFile
from airflow_provider_sora.protocol.http.extra import ConnectionExtra
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import DIALECTS
from airflow_provider_sora.storyboards.file import Blend, Character, Cut, Line, Preset, Scene, StoryboardFile

REPOSITORY = Path(__file__).resolve().parent.parent
COMMAND = "written by python -m devtools.descriptions --write"
_TEXT = {"type": ["string", "null"]}


def form() -> dict[str, Any]:
    """The fields of the connection form, in the form of Airflow's ``conn-fields``."""
    return {name: _form_field(name, words) for name, words in about(ConnectionExtra).items()}


def _form_field(name: str, words: About) -> dict[str, Any]:
    schema = {**_schema(name), **words.form}
    if words.secret:
        schema["format"] = "password"
    text = words.text.replace("`", "") + (f" Default: {words.default}." if words.default else "")
    return {"label": words.label, "description": text, "schema": schema}


def _schema(name: str) -> dict[str, Any]:
    """JSON Schema as the form knows it: a text, a choice, a number or an object, and each may be left out."""
    if name == "dialect":
        return {**_TEXT, "enum": ["auto", *DIALECTS], "default": "auto"}
    (kind,) = _kinds(typing.get_type_hints(ConnectionExtra)[name])
    if get_origin(kind) is Literal:
        return {**_TEXT, "enum": list(get_args(kind)), "default": default_of(ConnectionExtra, name)}
    if kind is float:
        return {"type": ["number", "null"]}
    origin = get_origin(kind)
    return {"type": ["object", "null"]} if isinstance(origin, type) and issubclass(origin, Mapping) else _TEXT


def _kinds(kind: Any) -> set[Any]:
    """The types of a union, without None."""
    if get_origin(kind) in (typing.Union, type(str | None)):
        return {one for one in get_args(kind) if one is not type(None)}
    return {kind}


def default_of(model: type, name: str) -> Any:
    """The default, None where there is none."""
    field = model.__pydantic_fields__[name]  # type: ignore[attr-defined]
    return None if field.is_required() else field.get_default(call_default_factory=True)


def form_code() -> str:
    """The form as Python, as ruff formats it."""
    code = f"CONNECTION_FIELDS: dict[str, Any] = {_code(form())}\n"
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "provider_info.py", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    return done.stdout.rstrip()


def _code(value: Any) -> str:
    """Python for JSON-like data; a long text becomes lines of one."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_code(key)}: {_code(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str) and len(value) > 90:
        lines = textwrap.wrap(value, 90, drop_whitespace=False, break_long_words=False)
        return "(" + " ".join(json.dumps(line, ensure_ascii=False) for line in lines) + ")"
    return repr(value) if not isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def table(model: type, head: tuple[str, str], *, defaults: bool) -> str:
    """A Markdown table of a description's fields; those with the same text share a line."""
    rows: dict[tuple[str, str], list[str]] = {}
    for name, words in about(model).items():
        text = " ".join(f"{words.text} {words.more}".split()).rstrip(".").replace("|", "\\|")
        rows.setdefault((text, words.default or _shown(default_of(model, name)) if defaults else ""), []).append(name)
    columns = [head[0], *(["default"] if defaults else []), head[1]]
    lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    for (text, default), names in rows.items():
        cells = [", ".join(f"`{name}`" for name in names), *([default] if defaults else []), text]
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return f"`{value}`" if isinstance(value, str) else ("" if not value else json.dumps(value))


def _storyboard() -> str:
    """The tables of a storyboard's keys, the file's first."""
    parts = {
        "": StoryboardFile,
        "A **scene**": Scene,
        "A **preset**": Preset,
        "A **character**": Character,
        "A line of **dialogue**": Line,
        "A **transition** that is no cut": Blend,
        "The **cut**": Cut,
    }
    told = (f"{name}:\n\n" if name else "" for name in parts)
    tables = (table(model, ("key", "says"), defaults=False) for model in parts.values())
    return "\n\n".join(f"{name}{rows}" for name, rows in zip(told, tables, strict=True))


def written() -> Iterator[tuple[Path, str, str]]:
    """Each file, with the name of a place in it and what belongs there."""
    docs = REPOSITORY / "docs"
    yield REPOSITORY / "airflow_provider_sora" / "provider_info.py", "#", form_code()
    yield docs / "connection.md", "<!--", table(ConnectionExtra, ("name", "meaning"), defaults=True)
    yield docs / "servers.md", "<!--", table(Dialect, ("field", "holds"), defaults=False)
    yield docs / "inputs.md", "<!--", table(StyleFile, ("key", "what it shapes"), defaults=False)
    yield docs / "storyboard.md", "<!--", _storyboard()


def style_schema() -> str:
    """JSON Schema of a style file, for editors."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(StyleFile).json_schema(),
        # The file's name is its name, where it gives none.
        "required": ["defaults"],
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def storyboard_schema() -> str:
    """JSON Schema of a storyboard, for editors."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(StoryboardFile).json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def with_text(page: str, sign: str, text: str) -> str:
    """``page`` with ``text`` between its two marks.

    :raises ValueError: the page has no such marks.
    """
    close = " -->" if sign == "<!--" else ""
    begin, end = f"{sign} {COMMAND}{close}\n", f"{sign} end of what was written{close}\n"
    gap = "\n" if close else ""
    pattern = re.compile(f"({re.escape(begin)}).*?({re.escape(end)})", re.DOTALL)
    if len(pattern.findall(page)) != 1:
        raise ValueError(f"it has not one place for it: {begin.strip()} … {end.strip()}")
    return pattern.sub(lambda found: f"{found[1]}{gap}{text}\n{gap}{found[2]}", page)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.descriptions", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write them")
    asked = parser.parse_args(argv)
    wanted = {path: with_text(path.read_text("utf-8"), sign, text) for path, sign, text in written()}
    wanted[REPOSITORY / "docs" / "style.schema.json"] = style_schema()
    wanted[REPOSITORY / "docs" / "storyboard.schema.json"] = storyboard_schema()
    stale = [path.name for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if asked.write:
        for path, text in wanted.items():
            path.write_text(text, "utf-8")
        return 0
    if stale:
        print(f"{', '.join(stale)}: not as described; run python -m devtools.descriptions --write", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
