"""One whole Airflow, three servers that help less and less, one strict bucket; and the board that runs the rows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from testbed.strict_gcs import StrictGcs
from tests.support.animatic import AnimaticServer
from tests.system.installation import Installation
from tests.system.rows import Row

#: So many runs go on at once; Airflow itself runs four tasks at a time.
AT_ONCE = 10


@dataclass
class Site:
    airflow: Installation
    servers: dict[str, AnimaticServer]
    bucket: StrictGcs


@dataclass
class Board:
    """Starts rows side by side and keeps what came of each."""

    site: Site
    waiting: list[Row] = field(default_factory=list)
    going: dict[Row, tuple[float, Iterator[None]]] = field(default_factory=dict)
    done: dict[Row, tuple[float, BaseException | None]] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(self, rows: Iterable[Row]) -> None:
        self.waiting.extend(rows)

    def result(self, row: Row, *, timeout: float = 1500) -> None:
        """Let all rows go on until this one has ended.

        :raises BaseException: what its script raised.
        """
        deadline = time.monotonic() + timeout
        while row not in self.done:
            assert time.monotonic() < deadline, f"{row} has not ended"
            self._step()
        seconds, error = self.done[row]
        if error is not None:
            raise error
        self.finish(row, seconds)

    def finish(self, row: Row, seconds: float) -> None:
        from tests.system.scripts import verify

        self.lines.append({**verify(self.site, row), "s": round(seconds)})

    def _step(self) -> None:
        from tests.system.scripts import SCRIPTS

        while self.waiting and len(self.going) < AT_ONCE:
            row = self.waiting.pop(0)
            self.going[row] = time.monotonic(), SCRIPTS[row.script](self.site, row)
        for row, (began, script) in list(self.going.items()):
            try:
                next(script)
                continue
            except StopIteration:
                error = None
            except Exception as raised:  # its own test reports it; the other rows go on
                error = raised
            del self.going[row]
            self.done[row] = time.monotonic() - began, error
        time.sleep(1)


def table(lines: list[dict[str, Any]]) -> list[str]:
    """The lines as text, in columns."""
    if not lines:
        return []
    names = list(lines[0])
    cells = [names, *([str(line[name]) for name in names] for line in lines)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(names))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
