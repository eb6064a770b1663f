"""A Mermaid flowchart as SVG: Mermaid itself is a script that browsers would fetch from somebody else's host."""

from __future__ import annotations

import html
import re

_NODE = re.compile(r"^\s*(\w+)\s*$")
_ARROW = re.compile(r"^\s*(\w+)\s*-->\s*(\w+)\s*$")
_WIDTH, _HEIGHT, _GAP, _ROW = 104, 30, 18, 86


def read(flowchart: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Nodes in their order, and arrows.

    :raises ValueError: a line that is neither; names it.
    """
    nodes, arrows = [], []
    for line in flowchart.splitlines():
        if arrow := _ARROW.match(line):
            arrows.append((arrow[1], arrow[2]))
        elif node := _NODE.match(line):
            nodes.append(node[1])
        elif line.strip() and not line.startswith("flowchart"):
            raise ValueError(f"no flowchart of plain nodes and arrows: {line!r}")
    return nodes, arrows


def rows(nodes: list[str], arrows: list[tuple[str, str]]) -> list[list[str]]:
    """Nodes by row, the topmost first: each stands below all that point to it."""
    above: dict[str, set[str]] = {node: set() for node in nodes}
    for upper, lower in arrows:
        above[lower].add(upper)
    placed: list[list[str]] = []
    done: set[str] = set()
    while len(done) < len(above):
        row = [node for node, needs in above.items() if node not in done and needs <= done]
        if not row:
            raise ValueError("nodes in a circle: " + ", ".join(sorted(set(above) - done)))
        placed.append(row)
        done.update(row)
    return placed


def ordered(plan: list[list[str]], arrows: list[tuple[str, str]]) -> list[list[str]]:
    """The same rows with each node near the middle of those that point to it, so that fewer arrows cross."""
    at: dict[str, float] = {}

    def middle(node: str) -> float:
        seen = [at[upper] for upper, lower in arrows if lower == node]
        return sum(seen) / len(seen) if seen else 0.0

    found = []
    for row in plan:
        found.append(sorted(row, key=middle))
        at |= {node: (place + 0.5) / len(row) for place, node in enumerate(found[-1])}
    return found


def drawn(flowchart: str) -> str:
    """The picture, in the page's own colours."""
    nodes, arrows = read(flowchart)
    plan = ordered(rows(nodes, arrows), arrows)
    width = max(map(len, plan)) * (_WIDTH + _GAP) + _GAP
    centre = {
        node: (width * (place + 0.5) / len(row), number * _ROW + _HEIGHT)
        for number, row in enumerate(plan)
        for place, node in enumerate(row)
    }
    parts = [
        f'<svg class="rooms" viewBox="0 0 {width} {len(plan) * _ROW}" role="img" aria-label="Rooms and their imports">',
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z"/></marker></defs>',
    ]
    for upper, lower in arrows:
        (x1, y1), (x2, y2) = centre[upper], centre[lower]
        start, end = y1 + _HEIGHT / 2, y2 - _HEIGHT / 2
        bend = (end - start) / 2
        parts.append(
            f'<path class="arrow" marker-end="url(#tip)" '
            f'd="M{x1:.0f},{start:.0f} C{x1:.0f},{start + bend:.0f} {x2:.0f},{end - bend:.0f} {x2:.0f},{end:.0f}">'
            f"<title>{html.escape(f'{upper} imports from {lower}')}</title></path>"
        )
    for node, (x, y) in centre.items():
        parts.append(
            f'<rect x="{x - _WIDTH / 2:.0f}" y="{y - _HEIGHT / 2:.0f}" width="{_WIDTH}" height="{_HEIGHT}" rx="5"/>'
            f'<text x="{x:.0f}" y="{y + 5:.0f}">{html.escape(node)}</text>'
        )
    return "\n".join([*parts, "</svg>"])
