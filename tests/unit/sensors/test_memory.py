"""What one poke leaves for the next, which may be another process."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_sora.jobs.waiting.polling import KeepWaiting, Seen
from airflow_provider_sora.sensors.memory import LONGEST_WAIT, STATE_KEY, SensorMemory

LOG = logging.getLogger("test")


class Store(dict[str, Any]):
    """Airflow's task state store, as far as it is used here."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value


class Broken(Store):
    def get(self, key: str, default: Any = None) -> Any:
        raise OSError("the database is away")

    def set(self, key: str, value: Any) -> None:
        raise OSError("the database is away")


def context(store: Store | None, *, try_number: int = 1, first: datetime | None = None) -> dict[str, Any]:
    ti = SimpleNamespace(try_number=try_number, get_first_reschedule_date=lambda context: first)
    return {"ti": ti} if store is None else {"ti": ti, "task_state_store": store}


def memory_of(store: Store | None, **given: Any) -> SensorMemory:
    return SensorMemory.of(context(store, **given), reschedule=True, log=LOG)


def test_the_next_poke_goes_on_where_the_last_one_stopped() -> None:
    store, first = Store(), datetime.now(UTC) - timedelta(minutes=5)
    memory_of(store).keep(KeepWaiting(90.0, Seen(failures=2, first_miss_at=100.0)), poke_interval=15)
    after = memory_of(store, first=first)
    assert (after.seen.failures, after.seen.first_miss_at) == (2, 100.0)
    assert 80 < after.left() <= 90  # the server asked for more patience than the sensor has
    assert after.started_at == first.timestamp()


def test_another_try_is_another_wait() -> None:
    store = Store()
    memory_of(store).keep(KeepWaiting(90.0, Seen(failures=9, first_miss_at=1.0)), poke_interval=15)
    assert memory_of(store, try_number=2).seen == Seen()


def test_the_sensor_s_own_pause_is_no_wish_of_the_server() -> None:
    memory = memory_of(Store())
    memory.keep(KeepWaiting(15.0, Seen()), poke_interval=15)
    assert memory.left() == 0.0


def test_no_server_stops_a_sensor_for_a_day() -> None:
    memory = memory_of(Store())
    memory.keep(KeepWaiting(86_400.0, Seen()), poke_interval=15)
    assert memory.left() <= LONGEST_WAIT


@pytest.mark.parametrize("kept", [None, "x", {"try": 1}, {"try": 1, "seen": 7, "not_before": "soon"}])
def test_what_cannot_be_understood_is_a_wait_that_has_seen_nothing(kept: object) -> None:
    memory = memory_of(Store({STATE_KEY: kept}))
    assert memory.seen == Seen() and memory.left() == 0.0


def test_a_store_that_fails_costs_the_memory_and_not_the_wait(caplog: pytest.LogCaptureFixture) -> None:
    memory = memory_of(Broken())
    memory.keep(KeepWaiting(1.0, Seen(failures=3)), poke_interval=15)
    assert memory.seen.failures == 3  # this process remembers
    said = [record.getMessage() for record in caplog.records]
    assert any("could not be read" in text for text in said) and any("could not be kept" in text for text in said)


def test_without_a_store_a_miss_counts_from_the_first_poke(caplog: pytest.LogCaptureFixture) -> None:
    first = datetime.now(UTC) - timedelta(minutes=5)
    memory = memory_of(None, first=first)
    assert memory.seen.first_miss_at == first.timestamp()
    assert "no task state store" in caplog.text


def test_a_sensor_that_stays_on_its_worker_asks_no_store() -> None:
    began = time.time()
    memory = SensorMemory.of(context(Broken()), reschedule=False, log=LOG)
    assert memory.store is None and memory.started_at >= began
