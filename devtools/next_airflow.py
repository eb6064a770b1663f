"""What the newest Airflow that can be had does to the suite's fast part: ``python -m devtools.next_airflow PYTHON``.

``PYTHON`` is of the environment that ``devtools/make_next.sh`` makes. Says which Airflow it is, and which tests do not
pass there; ends with 1 where some do not. It is a forecast: nothing that lands today depends on it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

REPOSITORY = Path(__file__).resolve().parent.parent
TESTS = ("tests/unit", "tests/integration/operators/test_course.py::test_create_remix_archive")
#: As `make test-fast` has it.
FAST = ("-m", "not slow", "-n", "3", "--dist", "loadfile")
_VERSION = "from importlib.metadata import version; print(version('apache-airflow'))"
#: So many names are printed; the rest is counted.
MOST = 20


def outcome(report: str) -> tuple[int, list[str]]:
    """How many tests ran, and the names of those that do not pass; ``report`` is pytest's XML."""
    cases = list(ElementTree.fromstring(report).iter("testcase"))
    ran = [case for case in cases if case.find("skipped") is None]
    bad = [case for case in ran if case.find("failure") is not None or case.find("error") is not None]
    return len(ran), [f"{case.get('classname')}.{case.get('name')}" for case in bad]


def told(version: str, today: str, ran: int, bad: Sequence[str]) -> list[str]:
    """The report, for a person; no line of it looks like a test runner's own."""
    newer = f"apache-airflow {version}, beside {today} that everything else runs on"
    if not ran:
        return [f"{newer}: no test could be run."]
    if not bad:
        return [f"{newer}: all {ran} tests of the fast part pass there too."]
    rest = [f"  and {len(bad) - MOST} more"] if len(bad) > MOST else []
    head = f"{newer}: {len(bad)} of {ran} tests of the fast part do not pass there:"
    return [head, *(f"  {name}" for name in bad[:MOST]), *rest]


def main(argv: list[str]) -> int:
    python = str(Path(argv[0]).absolute())
    version = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [python, "-m", "pytest", "-q", *FAST, "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, f"--junitxml={report}", *TESTS], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        ran, bad = outcome(report.read_text("utf-8")) if report.exists() else (0, [])
    if not ran:
        print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")
    print("\n".join(told(version, metadata.version("apache-airflow"), ran, bad)))
    return 1 if bad or not ran else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
