from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_provider_sora.exceptions import BudgetExceededError, ConfigurationError
from airflow_provider_sora.jobs.cost import check_limit, estimate_usd
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.jobs.request_digest import Scope, fingerprint_of, idempotency_key
from airflow_provider_sora.protocol.submission import Reference
from tests.unit.jobs.fakes import create

PRICES = {"sora-2": {"*": 0.1}, "sora-2-pro": {"1280x720": 0.3, "*": 0.5}}


@pytest.mark.parametrize(
    ("model", "size", "seconds", "usd"),
    [
        ("sora-2", "1280x720", 4, 0.4),
        ("sora-2", None, 8, 0.8),
        ("sora-2-pro", "1280x720", 4, 1.2),
        ("sora-2-pro", "1792x1024", 12, 6.0),
        ("other", "1280x720", 4, None),
        (None, None, 4, None),
        ("sora-2", "1280x720", None, None),
    ],
)
def test_estimate(model, size, seconds, usd) -> None:
    assert estimate_usd(PRICES, model, size, seconds) == usd


def test_limit_refuses_what_is_above_it_or_unknown() -> None:
    check_limit(0.4, None)
    check_limit(0.4, 0.4)
    check_limit(None, None)
    with pytest.raises(BudgetExceededError, match="Nothing was paid"):
        check_limit(0.41, 0.4)
    with pytest.raises(BudgetExceededError, match="no entry"):
        check_limit(None, 10)


def test_fingerprint_holds_what_shapes_the_video_and_names_what_changed() -> None:
    one = fingerprint_of(create(reference=Reference(data=b"x", sha256="aa")), "http://s/v1")
    same = fingerprint_of(create(reference=Reference(data=b"x", sha256="aa", origin="elsewhere")), "http://s/v1")
    assert one.digest == same.digest
    other = fingerprint_of(
        replace(create("another", extra={"seed": 1}), reference=Reference(data=b"y", sha256="bb")), "http://t/v1"
    )
    assert other.changed_from(one) == ["extra_body", "input_reference", "prompt", "server"]


def test_the_key_differs_by_task_request_and_ordinal_only() -> None:
    print_ = fingerprint_of(create(), "http://s/v1")
    scope = Scope("d", "r", "t", 1)
    keys = {
        idempotency_key(scope, print_, 1),
        idempotency_key(scope, print_, 2),
        idempotency_key(Scope("d", "r", "t", 2), print_, 1),
        idempotency_key(scope, fingerprint_of(create("x"), "http://s/v1"), 1),
    }
    assert len(keys) == 4 and idempotency_key(Scope("d", "r", "t", 1), print_, 1) in keys


@pytest.mark.parametrize(
    "wrong", [{"on_clear": "maybe"}, {"on_ambiguous_submit": "hope"}, {"timeout": -1}, {"ambiguous_settle": "soon"}]
)
def test_choices_are_checked_before_paying(wrong) -> None:
    with pytest.raises(ConfigurationError, match="Nothing was paid"):
        Choices(**wrong).validate()
