"""The floor plan in docs/architecture.md, drawn from the code's own imports.

``python -m devtools.floorplan --write`` draws it anew; without ``--write`` it says whether the page still shows today's code, and ends with 1 where it does not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import grimp

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = "airflow_provider_sora"
PAGE = REPOSITORY / "docs" / "architecture.md"
BEGIN, END = "<!-- floor plan: drawn by python -m devtools.floorplan --write -->", "<!-- end of the floor plan -->"

Arrow = tuple[str, str]


def room_of(module: str) -> str:
    """The room a module lies in: its folder below the package, or its own name at the top."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def arrows() -> set[Arrow]:
    """``(room, room it imports from)`` for every import that runs, those inside functions included."""
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True)
    found = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            a, b = room_of(module), room_of(imported)
            if a != b and b:
                found.add((a, b))
    return {arrow for arrow in found if arrow[0]}


def floors(found: Iterable[Arrow]) -> list[list[str]]:
    """Rooms by floor, the lowest first: a room stands above everything it imports from.

    :raises ValueError: some rooms import each other in a circle; names them.
    """
    below: dict[str, set[str]] = {}
    for a, b in found:
        below.setdefault(a, set()).add(b)
        below.setdefault(b, set())
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

    def reaches(a: str, b: str, seen: set[str]) -> bool:
        return any(step == b or (step not in seen and reaches(step, b, seen | {step})) for step in below.get(a, ()))

    return sorted((a, b) for a, b in found if not any(reaches(step, b, {a}) for step in below.get(a, ()) if step != b))


def size(room: str) -> tuple[int, int]:
    """Files and lines of a room."""
    place = REPOSITORY / PACKAGE / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return len(files), sum(len(path.read_text("utf-8").splitlines()) for path in files)


def drawing() -> str:
    """The picture (Mermaid) and the table of rooms."""
    found = arrows()
    plan = floors(found)
    lines = ["```mermaid", "flowchart TD"]
    for floor in reversed(plan):
        lines += [f"    {room}" for room in floor]
    lines += [f"    {a} --> {b}" for a, b in direct(found)]
    lines += ["```", "", "| floor | room | files | lines | imports from |", "| --- | --- | --- | --- | --- |"]
    for number, floor in reversed(list(enumerate(plan))):
        for room in floor:
            files, count = size(room)
            needs = ", ".join(sorted(b for a, b in found if a == room)) or "nothing of ours"
            lines.append(f"| {number} | `{room}` | {files} | {count} | {needs} |")
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.floorplan", description=__doc__)
    parser.add_argument("--write", action="store_true", help="draw it into the page")
    asked = parser.parse_args(argv)
    text = PAGE.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    shown, _, tail = rest.partition(END)
    wanted = f"\n\n{drawing()}\n\n"
    if asked.write:
        PAGE.write_text(head + BEGIN + wanted + END + tail, "utf-8")
        return 0
    # Lines of code change with every commit; rooms and arrows are what the page must not get wrong.
    if _without_counts(shown) == _without_counts(wanted):
        return 0
    print("docs/architecture.md shows another floor plan: run python -m devtools.floorplan --write", file=sys.stderr)
    return 1


def _without_counts(text: str) -> list[str]:
    return ["|".join(part for at, part in enumerate(line.split("|")) if at not in (3, 4)) for line in text.split("\n")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
