"""Which worker gets which tests, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.order import FIRST, TOGETHER, is_patient, piece, place

ROOT = Path(__file__).resolve().parents[3]
pytest_plugins = ["pytester"]


def test_what_shares_one_airflow_is_one_piece_and_comes_first() -> None:
    tests = ["tests/system/test_acts.py::test_a[x::y]", "tests/system/test_worded.py::test_b"]
    assert {piece(test) for test in tests} == {"tests/system"}
    assert piece("tests/system/triggerers/test_restart.py::test_c") == "tests/system/triggerers"
    assert piece("tests/unit/caps/test_limits.py::test_d[a/b]") == "tests/unit/caps/test_limits.py"
    later = (
        "tests/integration/cli/test_doctor.py::e",
        "tests/integration/web/test_guard.py::f",
        "tests/unit/test_paid.py::g",
    )
    assert [place(test) for test in (*tests, *later)] == sorted(place(test) for test in (*tests, *later))


def test_what_is_named_is_there() -> None:
    for folder in (*FIRST, *TOGETHER):
        assert (ROOT / folder).is_dir(), folder


@pytest.mark.slow
def test_workers_are_given_the_pieces_in_that_order(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers: one has both files of the system tests, and whoever is free takes what comes next."""
    pytester.makeini("[pytest]\n")
    told = "import os\ndef test_{n}(): print('AT', {n!r}, os.environ['PYTEST_XDIST_WORKER'])\n"
    for place_, n in (("unit/a", 1), ("unit/b", 2), ("system", 3), ("system", 4)):
        folder = pytester.path / "tests" / place_
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"test_{n}.py").write_text(told.format(n=n))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = pytester.runpytest_subprocess("-p", "tests.support.order", "-n", "2", "--dist", "loadfile", "-rP")
    done.assert_outcomes(passed=4)
    at = dict(line.split()[1:] for line in done.outlines if line.startswith("AT "))
    assert at["3"] == at["4"] != at["1"]


@pytest.mark.parametrize(
    ("nodeid", "patient"),
    [
        ("tests/system/test_acts.py::test_a", False),
        ("tests/integration/canary/test_a_day.py::test_a", False),
        ("tests/integration/ui/test_gallery.py::test_a", False),
        ("tests/integration/dags/test_kit.py::test_a", True),
        ("tests/unit/jobs/test_plan.py::test_a", True),
    ],
)
def test_what_watches_the_clocks_of_others_gives_way_to_nobody(nodeid: str, patient: bool) -> None:
    assert is_patient(nodeid) is patient
