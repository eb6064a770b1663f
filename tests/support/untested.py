"""What a run of the tests did not test, said at its end: a green line looks the same with and without a browser."""

from __future__ import annotations

import importlib.util
import shutil
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.exceptions import SoraError


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
    "spreadsheets (python-calamine, extra spreadsheets)": _imports("python_calamine"),
    "lists for editing programs (OpenTimelineIO, extra edit)": _imports("opentimelineio"),
    "webhooks (standardwebhooks, extra webhook)": _imports("standardwebhooks"),
    "PostgreSQL (initdb)": _has_postgresql,
}


#: What the extras and the development environment bring, by its first name in an import.
OPTIONAL = {
    "av": "PyAV (extra media)",
    "numpy": "NumPy (extra animatic)",
    "opentimelineio": "OpenTimelineIO (extra edit)",
    "feedparser": "feedparser (extra feeds)",
    "dateparser": "dateparser (extra feeds)",
    "sudachipy": "SudachiPy (extra feeds)",
    "python_calamine": "python-calamine (extra spreadsheets)",
    "standardwebhooks": "standardwebhooks (extra webhook)",
    "gcp_storage_emulator": "the storage emulator (gcp-storage-emulator)",
    "playwright": "Playwright",
}

#: Found out before any test takes one of them away for a while.
INSTALLED = frozenset(name for name in OPTIONAL if importlib.util.find_spec(name))

TESTS = Path(__file__).resolve().parents[1]


def lacking(error: BaseException | None) -> str | None:
    """What a test could not import, where it is an optional part that is not installed, and a test imports it or the
    package says in its own words that it is needed. Where the package just imports it, that is a fault of the package.
    """
    told = isinstance(error, SoraError)
    while error is not None and not isinstance(error, ModuleNotFoundError):
        error = error.__cause__
    name = ((isinstance(error, ModuleNotFoundError) and error.name) or "").partition(".")[0]
    if error is None or name not in OPTIONAL or name in INSTALLED:
        return None
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    ours = Path(frame.f_code.co_filename).is_relative_to(TESTS)
    return f"{OPTIONAL[name]} is not installed" if ours or told else None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """A file of tests that imports such a part is skipped; by default it would end the run before it began."""
    report = yield
    call = getattr(report, "call", None)
    if report.failed and call and call.excinfo and (words := lacking(call.excinfo.value)):
        report.outcome, report.longrepr = "skipped", (str(collector.path), 0, f"Skipped: {words}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    if report.failed and call.excinfo and (words := lacking(call.excinfo.value)):
        report.outcome, report.longrepr = "skipped", (str(item.path), item.location[1] or 0, f"Skipped: {words}")
    return report


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
