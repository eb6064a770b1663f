"""A run that leaves something out says so at its end, in a run of pytest of its own."""

from __future__ import annotations

import pytest

from tests.support import untested

pytest_plugins = ["pytester"]

_ONE_SKIPPED = """
import pytest
def test_runs(): pass
@pytest.mark.skipif(True, reason="chromium is not installed")
def test_is_skipped(): pass
"""


def _summary(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, parts: dict[str, bool], *args: str) -> str:
    monkeypatch.setattr(untested, "PARTS", {name: lambda there=there: there for name, there in parts.items()})
    pytester.makeini("[pytest]\ntestpaths = .\n")
    return pytester.runpytest_inprocess("-p", "tests.support.untested", *args).stdout.str()


def test_a_part_that_is_absent_and_a_test_that_was_skipped_are_named(pytester, monkeypatch) -> None:
    pytester.makepyfile(test_one=_ONE_SKIPPED)
    said = _summary(pytester, monkeypatch, {"a browser": False, "feeds": True})
    assert "NOT TESTED in this run" in said
    assert "not installed: a browser" in said and "not installed: feeds" not in said
    assert "skipped: 1 x chromium is not installed" in said


def test_what_was_not_asked_for_is_named(pytester, monkeypatch) -> None:
    pytester.makepyfile(test_one="def test_runs(): pass", test_two="def test_runs(): pass")
    said = _summary(pytester, monkeypatch, {}, "test_one.py", "-k", "runs", "-m", "not system")
    assert "left out: all but test_one.py" in said
    assert "left out: what is not -k 'runs'" in said and "left out: what is not -m 'not system'" in said


def test_a_whole_run_says_nothing(pytester, monkeypatch) -> None:
    pytester.makepyfile(test_one="def test_runs(): pass")
    said = _summary(pytester, monkeypatch, {"a browser": True})
    assert "1 passed" in said and "NOT TESTED" not in said
