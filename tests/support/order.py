"""Which worker gets which tests, and when: what waits long begins first, so that no worker is left alone with it.

Under ``-n N --dist loadfile`` pytest-xdist hands out files, those with most tests first. The system tests are few, wait
for minutes and share one Airflow: by that rule they came last, and each file of them started an Airflow of its own.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

#: Folders whose tests are one piece of work, since they share what is expensive to start.
TOGETHER = ("tests/system/cluster", "tests/system/triggerers", "tests/system")
#: What begins first, in this order: minutes of waiting, then Airflow processes, browsers and loops, then DAGs; the rest
#: follows, unit tests last: their files are short, and fill up the end.
FIRST = (
    "tests/system",
    "tests/integration/canary",
    "tests/integration/gallery",
    "tests/integration/ui",
    "tests/integration/webhooks",
    "tests/integration/triggers",
    "tests/integration/dags",
    "tests/integration/operators",
    "tests/integration/cli",
    "tests/integration",
    "tests/unit/packaging",
    "tests/unit/archive",
    "tests/unit/docs",
)
#: From here on tests give way, for those before it watch the clocks of Airflow's processes, a browser or a loop.
_PATIENT = "tests/integration/dags"


def place(nodeid: str) -> int:
    """Where a test stands in :data:`FIRST`."""
    return next((number for number, folder in enumerate(FIRST) if nodeid.startswith(f"{folder}/")), len(FIRST))


def piece(nodeid: str) -> str:
    """The piece of work that a test belongs to: its folder where that is shared, else its file."""
    return next((folder for folder in TOGETHER if nodeid.startswith(f"{folder}/")), nodeid.partition("::")[0])


def is_patient(nodeid: str) -> bool:
    """Whether a test may take longer beside others. What follows it in the order may, too."""
    return place(nodeid) >= FIRST.index(_PATIENT)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Four workers share two cores, and only what waits for nobody else's clock is slower for it."""
    beside_others = "PYTEST_XDIST_WORKER" in os.environ
    if beside_others and is_patient(item.nodeid) and os.getpriority(os.PRIO_PROCESS, 0) == 0:
        os.nice(5)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Pieces(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return piece(nodeid)

    config.option.loadscopereorder = False
    return Pieces(config, log)
