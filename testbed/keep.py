"""Part of ``make up``: starts again what has died, and says so in its log and when ``make up`` is typed again."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from testbed.processes import Child, note, noted
from testbed.stack import UP, Service, airflow, remembered, servers

DEATHS = "deaths.txt"
_INTERVAL = 2.0
#: Seconds before one is started again, doubled each time it does not live for :data:`_LIVED`.
_PAUSE, _LONGEST_PAUSE, _LIVED = 1.0, 60.0, 120.0


class Keeper:
    """Looks at the noted processes; the children are those that it started itself and has to reap."""

    def __init__(self, folder: Path, services: Sequence[Service]) -> None:
        self.folder = folder
        self.services = services
        self._children: dict[str, Child] = {}
        self._pauses: dict[str, float] = {}
        self._started: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def look(self) -> list[str]:
        """One round; the names of what was started again."""
        for child in self._children.values():
            child.alive()  # reaps it
        running, again = noted(self.folder), []
        now = time.monotonic()
        for service in self.services:
            if service.name in running:
                continue
            if service.name not in self._due:
                lived = now - self._started.get(service.name, -_LIVED)
                pause = _PAUSE if lived >= _LIVED else min(self._pauses[service.name] * 2, _LONGEST_PAUSE)
                self._pauses[service.name], self._due[service.name] = pause, now + pause
                self._say(f"{service.name} has died; its log is {self.folder / 'logs' / service.name}.log")
            elif now >= self._due[service.name]:
                del self._due[service.name]
                child = service.start(self.folder)
                note(child, self.folder)
                self._children[service.name], self._started[service.name] = child, now
                self._say(f"{service.name} was started again (process {child.process.pid})")
                again.append(service.name)
        return again

    def _say(self, text: str) -> None:
        line = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {text}"
        print(line, flush=True)
        with (self.folder / DEATHS).open("a", encoding="utf-8") as told:
            told.write(line + "\n")


def main() -> int:
    ports = remembered(UP)
    keeper = Keeper(UP, [*servers(UP, ports), *airflow(UP, ports)])
    while True:
        keeper.look()
        time.sleep(_INTERVAL)


if __name__ == "__main__":
    sys.exit(main())
