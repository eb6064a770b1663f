"""The floor plan in docs/architecture.md, drawn from the code's own imports: ``python -m devtools.floorplan``.

``--write`` draws it into the page; without it, the command says whether the page still shows today's code, and ends
with 1 where it does not. What each room is for is the first sentence of its own text.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import grimp

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = "airflow_provider_sora"
PAGE = REPOSITORY / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by python -m devtools.floorplan --write -->", "<!-- end of the drawing -->"

Arrow = tuple[str, str]


def room_of(module: str) -> str:
    """The room a module lies in: its folder below the package, or its own name at the top."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def arrows(graph: grimp.ImportGraph) -> set[Arrow]:
    """``(room, room it imports from)`` for every import that runs, those inside functions included."""
    found = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = room_of(module), room_of(imported)
            if pair[0] != pair[1] and all(pair):
                found.add(pair)
    return found


def floors(rooms: Iterable[str], found: Iterable[Arrow]) -> list[list[str]]:
    """Rooms by floor, the lowest first: a room stands above everything it imports from.

    :raises ValueError: some rooms import each other in a circle; names them.
    """
    below: dict[str, set[str]] = {room: set() for room in rooms}
    for a, b in found:
        below[a].add(b)
    placed: list[list[str]] = []
    done: set[str] = set()
    while len(done) < len(below):
        floor = sorted(room for room, needs in below.items() if room not in done and needs <= done)
        if not floor:
            raise ValueError("rooms in a circle: " + ", ".join(sorted(set(below) - done)))
        placed.append(floor)
        done.update(floor)
    return placed


def direct(found: set[Arrow]) -> list[Arrow]:
    """The arrows that no longer way through other rooms makes superfluous, so that the picture can be read."""
    below: dict[str, set[str]] = {}
    for a, b in found:
        below.setdefault(a, set()).add(b)

    def reached(room: str) -> set[str]:
        return below.get(room, set()).union(*(reached(step) for step in below.get(room, ())))

    return sorted((a, b) for a, b in found if not any(b in reached(step) for step in below[a] if step != b))


def purpose(room: str) -> str:
    """What a room or a file at the top is for, in its own words."""
    place = REPOSITORY / PACKAGE / room
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    line = re.sub(r":\w+:`[.~]*(\w+)`", r"`\1`", " ".join(text.partition("\n\n")[0].split()))
    return line.replace("``", "`").replace("|", "\\|")


def is_folder(room: str) -> bool:
    return (REPOSITORY / PACKAGE / room).is_dir()


def drawing() -> str:
    """The picture (Mermaid) and the table of rooms, top floor first.

    Of what lies at the top as a single file, the table tells and the picture shows nothing: every room uses it.
    """
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True)
    found = arrows(graph)
    plan = floors({room_of(module) for module in graph.modules} - {""}, found)
    shown = [arrow for arrow in direct({(a, b) for a, b in found if is_folder(a) and is_folder(b)})]
    told = {room for arrow in shown for room in arrow}
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"    {room}" for floor in reversed(plan) for room in floor if room in told]
    lines += [f"    {a} --> {b}" for a, b in shown]
    lines += ["```", "", "| floor | room | what belongs there |", "| --- | --- | --- |"]
    for number, floor in reversed(list(enumerate(plan, 1))):
        lines += [
            f"| {number} | `{room}{'/' if is_folder(room) else '.py'}` | {purpose(room)} |"
            for room in sorted(floor, key=lambda name: (not is_folder(name), name))
        ]
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.floorplan", description=__doc__)
    parser.add_argument("--write", action="store_true", help="draw it into the page")
    asked = parser.parse_args(argv)
    text = PAGE.read_text("utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        print(f"{PAGE.name} has no place for the drawing: {BEGIN} … {END}", file=sys.stderr)
        return 1
    wanted = f"{head}{BEGIN}\n\n{drawing()}\n\n{END}{tail}"
    if asked.write:
        PAGE.write_text(wanted, "utf-8")
    elif text != wanted:
        print(
            "docs/architecture.md shows another floor plan: run python -m devtools.floorplan --write", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
