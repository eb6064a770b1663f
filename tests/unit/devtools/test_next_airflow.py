"""The forecast about the next Airflow: read from pytest's own report, and told without looking like a test runner."""

from __future__ import annotations

import re

from devtools.next_airflow import MOST, outcome, told

REPORT = """<testsuites><testsuite>
<testcase classname="tests.unit.a" name="test_fine"/>
<testcase classname="tests.unit.a" name="test_left_out"><skipped message="no browser"/></testcase>
<testcase classname="tests.unit.b" name="test_gone"><failure message="no"/></testcase>
<testcase classname="tests.unit.c" name=""><error message="cannot be imported"/></testcase>
</testsuite></testsuites>"""


def test_what_ran_and_what_does_not_pass_is_read_from_the_report() -> None:
    assert outcome(REPORT) == (3, ["tests.unit.b.test_gone", "tests.unit.c."])


def test_it_is_told_which_airflow_and_which_tests() -> None:
    (line,) = told("3.4.0b2", "3.3.2", 700, [])
    assert "3.4.0b2" in line and "3.3.2" in line and "all 700" in line
    lines = told("3.4.0b2", "3.3.2", 700, [f"tests.unit.t{n}" for n in range(MOST + 5)])
    assert f"{MOST + 5} of 700" in lines[0] and lines[-1].strip() == "and 5 more" and len(lines) == MOST + 2
    assert "no test could be run" in told("3.4.0b2", "3.3.2", 0, [])[0]


def test_no_line_of_it_is_a_test_runners_closing_line() -> None:
    for bad in ([], ["tests.unit.b.test_gone"]):
        assert not any(re.search(r"\d+ (?:passed|failed|skipped)", line) for line in told("3.4.0b2", "3.3.2", 9, bad))
