"""When a function is asked anew, and what happens where its answer can be neither kept nor read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_sora.decorators.kept import REQUEST_KEY, Keeper, Kept, digest_of, why_anew
from airflow_provider_sora.exceptions import LedgerError
from airflow_provider_sora.jobs.ledger import COMPLETED, FAILED, INTENT, PHASES, REFUSED, SUBMITTED, Entry
from airflow_provider_sora.jobs.request_digest import Fingerprint
from tests.unit.jobs.fakes import Store

KEPT = Kept({"prompt": "a mug"}, "f1", max_tries=2)
CLEARED = replace(KEPT, max_tries=5)


def entry(phase: str) -> Entry:
    known = phase not in (INTENT, REFUSED)
    return Entry(
        phase, 1, Fingerprint("d", "m", {}), "key", 1.0, "c", "http://s/v1", 1, 2, video_id="v1" if known else None
    )


def keeper(store: Store | None, shown: dict[str, Any] | None = None) -> Keeper:
    place = {} if shown is None else shown
    return Keeper(store, lambda value: place.update(value=value), lambda: place.get("value"))


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("on_clear", ["reuse", "new"])
def test_a_retry_never_asks_again_even_where_the_function_changed(phase: str, on_clear: str) -> None:
    assert why_anew(KEPT, replace(KEPT, function="f2"), entry(phase), on_clear) is None
    assert why_anew(KEPT, KEPT, None, on_clear) is None


def test_the_first_try_asks() -> None:
    assert why_anew(None, KEPT, None, "reuse") == "it was not asked before"


@pytest.mark.parametrize(
    ("phase", "on_clear", "asks"),
    [
        (COMPLETED, "reuse", False),
        (SUBMITTED, "reuse", False),
        (INTENT, "reuse", False),
        (COMPLETED, "new", True),
        (SUBMITTED, "new", True),
        (INTENT, "new", False),  # the lost answer is settled first, and only its own words can settle it
        (FAILED, "reuse", True),
        (REFUSED, "reuse", True),
    ],
)
def test_a_clear_asks_again_where_no_job_would_be_lost_by_it(phase: str, on_clear: str, asks: bool) -> None:
    assert (why_anew(KEPT, CLEARED, entry(phase), on_clear) is not None) is asks


@pytest.mark.parametrize("phase", PHASES)
def test_a_clear_after_the_function_or_its_arguments_changed_asks_again(phase: str) -> None:
    why = why_anew(KEPT, replace(CLEARED, function="f2"), entry(phase), "reuse")
    assert why == "the task was cleared, and the function or what it is given has changed"


def test_the_digest_knows_source_and_arguments_and_no_addresses_in_memory() -> None:
    class Lazy(list):  # as Airflow gives a mapped task's outputs
        pass

    same = digest_of("def f(): ...", [], {"a": Lazy([1])})
    assert same == digest_of("def f(): ...", [], {"a": [1]})
    assert same != digest_of("def f(): ...", [], {"a": [2]})
    assert same != digest_of("def f(): pass", [], {"a": [1]})
    assert digest_of(None, [], {}) is None


def test_the_digest_takes_arguments_of_any_kind_and_is_the_same_in_every_process() -> None:
    class Plain:
        pass

    assert digest_of("f", [Plain()], {}) == digest_of("f", [Plain()], {})
    assert digest_of("f", [{1: 2, "b": 3, (1, 2): 4}], {}) != digest_of("f", [{1: 2, "b": 3}], {})
    code = "from airflow_provider_sora.decorators.kept import digest_of; print(digest_of('f', [set('xyz')], {}))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in "123"
    }
    assert len(told) == 1


def test_it_is_read_back_as_written_from_the_store_or_from_xcom() -> None:
    store, shown = Store(), {}
    for place in (keeper(store), keeper(None, shown)):
        assert place.read() is None
        place.write(KEPT)
        assert place.read() == KEPT
    assert set(store.values) == {REQUEST_KEY}
    assert shown["value"]["asked"] == {"prompt": "a mug"}


@pytest.fixture(params=["get fails", "not ours"])
def unreadable(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = Store()
    if request.param == "get fails":
        store.fail_get = OSError("away")
    else:
        store.set(REQUEST_KEY, {"schema": 2})
    yield store


def test_unreadable_is_not_absent(unreadable: Store) -> None:
    with pytest.raises(LedgerError, match="Another answer could pay twice"):
        keeper(unreadable).read()


def test_what_cannot_be_kept_is_not_paid_for() -> None:
    store = Store()
    store.fail_set = OSError("full")
    with pytest.raises(LedgerError, match=r"cannot be kept \(OSError: full\).*before this try sent a paid request"):
        keeper(store).write(KEPT)
