"""What a try knows of a missing remix comes from the task's own record, and never turns a lost request into another."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.jobs.ledger import INTENT, REFUSED, SUBMITTED, Entry, Ledger
from airflow_provider_sora.jobs.request_digest import fingerprint_of
from airflow_provider_sora.protocol import missing
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.tasks.paying.obtaining import _recall
from tests.unit.jobs.fakes import Store

URL = "http://server/v1"
REMIX = SubmitKind.REMIX


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    missing.forget()
    yield
    missing.forget()


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> SoraHook:
    connection = {"conn_type": "sora", "host": URL, "extra": {"dialect": "plain"}}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    return SoraHook("sora_default")


def ledger(phase: str, kind: SubmitKind, base_url: str = URL) -> Ledger:
    found = Ledger(Store())
    request = fingerprint_of(Submission(kind, "p"), base_url)
    video_id = "v2" if phase == SUBMITTED else None
    found.write(Entry(phase, 1, request, "key", 1.0, "sora_default", base_url, 1, 2, video_id=video_id))
    return found


@pytest.mark.parametrize("phase", [INTENT, SUBMITTED])
def test_a_recorded_create_says_that_there_is_no_remix(hook: SoraHook, phase: str) -> None:
    _recall(REMIX, hook, ledger(phase, SubmitKind.CREATE))
    assert hook.dialect.remix_call is None


def test_a_remix_whose_answer_was_lost_stays_a_remix(hook: SoraHook) -> None:
    missing.remember(URL, "remix")
    assert hook.dialect.remix_call is None
    _recall(REMIX, hook, ledger(INTENT, SubmitKind.REMIX))
    assert hook.dialect.remix_call == "remix"


def test_nothing_else_is_changed(hook: SoraHook) -> None:
    _recall(REMIX, hook, Ledger(Store()))
    _recall(REMIX, hook, ledger(SUBMITTED, SubmitKind.REMIX))
    _recall(REMIX, hook, ledger(SUBMITTED, SubmitKind.CREATE, "http://other/v1"))
    _recall(SubmitKind.CREATE, hook, ledger(SUBMITTED, SubmitKind.CREATE))
    assert hook.dialect.remix_call == "remix"
    missing.remember(URL, "remix")
    _recall(REMIX, hook, ledger(REFUSED, SubmitKind.REMIX))
    assert hook.dialect.remix_call is None
