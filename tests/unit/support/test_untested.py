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


def test_a_part_that_a_test_imports_and_is_not_there_skips_it_and_one_that_the_code_imports_fails(
    pytester, monkeypatch
) -> None:
    monkeypatch.setitem(untested.OPTIONAL, "no_such_part", "no such part (extra none)")
    monkeypatch.setattr(untested, "TESTS", pytester.path / "tests")
    pytester.makepyfile(
        our_code="""
        from airflow_provider_sora.exceptions import ConfigurationError
        def works(): import no_such_part
        def says():
            try: works()
            except ImportError as error: raise ConfigurationError("no such part") from error
    """
    )
    pytester.mkdir("tests")
    for name, text in {
        "file": "import no_such_part\ndef test_a(): pass",
        "inside": "def test_b(): import no_such_part",
        "unknown": "def test_c(): import no_such_thing",
        "code": "def test_d():\n    from our_code import works\n    works()",
        "told": "def test_e():\n    from our_code import says\n    says()",
    }.items():
        (pytester.path / "tests" / f"test_{name}.py").write_text(text)
    monkeypatch.syspath_prepend(pytester.path)
    done = pytester.runpytest_inprocess("-p", "tests.support.untested", "tests")
    done.assert_outcomes(skipped=3, failed=2)
    assert "skipped: 3 x no such part (extra none) is not installed" in done.stdout.str()


def test_a_part_that_a_test_takes_away_for_a_while_is_installed_all_the_same(pytester, monkeypatch) -> None:
    monkeypatch.setattr(untested, "TESTS", pytester.path)
    pytester.makepyfile(
        test_one="""
        import sys
        def test_a(monkeypatch):
            monkeypatch.setitem(sys.modules, "playwright", None)
            import playwright
        """
    )
    pytest.importorskip("playwright", reason="the oldest Airflow's tests bring no Playwright")
    pytester.runpytest_inprocess("-p", "tests.support.untested").assert_outcomes(failed=1)
