"""What a run of the tests did not test, said at its end: a green line looks the same with and without a browser."""

from __future__ import annotations

import importlib.util
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


def _imports(module: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(module) is not None


def _has_postgresql() -> bool:
    """On the path, or where Debian puts the server's own programs, which is not on it."""
    return bool(shutil.which("initdb")) or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


#: What tests need beside Airflow, and how it is found.
PARTS: dict[str, Callable[[], bool]] = {
    "a browser (chromium)": lambda: bool(shutil.which("chromium")),
    "pictures and cuts of videos (PyAV, extra media)": _imports("av"),
    "feeds (feedparser, extra feeds)": _imports("feedparser"),
    "PostgreSQL (initdb)": _has_postgresql,
}


def absent() -> list[str]:
    """The parts that are not installed here."""
    return [name for name, found in PARTS.items() if not found()]


def reasons(skipped: list[Any]) -> Counter[str]:
    """How many tests were skipped for which reason; ``skipped`` are pytest's reports."""
    found: Counter[str] = Counter()
    for report in skipped:
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found[text.removeprefix("Skipped: ")] += 1
    return found


def lines(config: pytest.Config, skipped: list[Any]) -> Iterator[str]:
    """What this run leaves open, a sentence a line; nothing where all tests ran with all parts."""
    for name in absent():
        yield f"not installed: {name}"
    for reason, count in reasons(skipped).most_common():
        yield f"skipped: {count} x {reason}"
    if config.option.markexpr:
        yield f"left out: what is not -m {config.option.markexpr!r}"
    if config.option.keyword:
        yield f"left out: what is not -k {config.option.keyword!r}"
    if list(config.args) != list(config.getini("testpaths")):
        yield f"left out: all but {', '.join(config.args)}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    said = list(lines(config, terminalreporter.stats.get("skipped", [])))
    if said:
        terminalreporter.section("NOT TESTED in this run", yellow=True, bold=True)
        for line in said:
            terminalreporter.write_line(line, yellow=True)
