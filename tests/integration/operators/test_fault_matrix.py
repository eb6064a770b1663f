"""Every way in which a paid request can go wrong, on servers that help more and less, counted by the server itself.

The faults are data (animatic/faults.py). Waiting is done by a clock of the test's own, so that nothing here sleeps.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from airflow_provider_sora.exceptions import (
    AmbiguousSubmitError,
    RateLimitedError,
    ServerUnreachableError,
    SoraError,
)
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.jobs.known_job import KnownJob
from airflow_provider_sora.jobs.ledger import COMPLETED, INTENT, REFUSED, SUBMITTED, Ledger
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.jobs.request_digest import Scope, prompt_digest
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.jobs.submit import Submitter
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from airflow_provider_sora.retry import SoraRetryPolicy
from tests.support.animatic import KEY, AnimaticServer, lent_server
from tests.unit.jobs.fakes import Store

#: ``witness`` is the listing server with ``resubmit_if_absent`` and another job of ours under way there.
MODES: dict[str, dict[str, bool]] = {
    "listing": {"prompts_in_list": True, "honour_idempotency_key": False},
    "witness": {"prompts_in_list": True, "honour_idempotency_key": False},
    "blind": {"prompts_in_list": False, "honour_idempotency_key": False},
    "keyed": {"prompts_in_list": False, "honour_idempotency_key": True},
}

#: Faults after which no job exists.
LOST_REQUESTS: dict[str, dict[str, Any]] = {
    "hang": {"action": "hang"},
    "reset before the body": {"action": "reset_before_body"},
    "reset after the body": {"action": "reset_after_body"},
    **{f"{status}": {"action": "status", "status": status} for status in (408, 409, 500, 502, 503, 504)},
    "503 with Retry-After": {"action": "status", "status": 503, "headers": {"Retry-After": "1"}},
    "200 with HTML": {"action": "html"},
    "200 with nothing": {"action": "empty"},
}
#: The same, and more, after the server has accepted the job.
LOST_ANSWERS: dict[str, dict[str, Any]] = {
    "accepted, then hang": {"action": "hang", "after_accept": True},
    "reset after accept": {"action": "reset_after_accept"},
    "reset in the answer": {"action": "reset_mid_answer"},
    "200 with half a JSON": {"action": "half_json"},
    "200 cut short": {"action": "truncate"},
    "accepted, then 200 with HTML": {"action": "html", "after_accept": True},
    **{
        f"accepted, then {status}": {"action": "status", "status": status, "after_accept": True}
        for status in (408, 409, 500, 502, 503, 504)
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[AnimaticServer]:
    with lent_server(render="lazy") as running:  # nobody looks at these clips
        yield running


@dataclass
class Payer:
    """One task instance over several tries, on a real hook."""

    mode: str
    connect: Any
    url: str
    patience: float = 10.0
    store: Store = field(default_factory=Store)
    tries: int = 0
    skipped: float = 0.0
    known: tuple[KnownJob, ...] = ()

    def attempt(self, submission: Submission, *, checked: bool = True) -> VideoJob:
        self.tries += 1
        helps = {"list_has_prompts": self.lists, "honours_idempotency_key": self.mode == "keyed"}
        self.connect(self.url, KEY, request_timeout=self.patience, dialect={"base": "animatic", **helps})
        hook = SoraHook("sora_default")
        if checked:
            hook.check(submission)
        return Submitter(
            server=hook,
            sora_conn_id="sora_default",
            ledger=Ledger(self.store),
            scope=Scope("dag", "run", submission.prompt),
            choices=Choices("resubmit_if_absent" if self.mode == "witness" else "adopt_or_fail", ambiguous_settle=5),
            try_number=self.tries,
            max_tries=2,
            announce=lambda claim: None,
            siblings=lambda entry: Siblings(frozenset(job.video_id for job in self.known), (), self.known),
            lists_prompts=hook.dialect.list_has_prompts,
            honours_key=hook.dialect.honours_idempotency_key,
            request_timeout=hook.settings.timeout,
            now=lambda: time.time() + self.skipped,
            sleep=self.skip,
        ).obtain(submission)[0]

    @property
    def lists(self) -> bool:
        return self.mode in ("listing", "witness")

    def skip(self, seconds: float) -> None:
        self.skipped += seconds

    def phase(self) -> str:
        entry = Ledger(self.store).read()
        assert entry is not None
        return entry.phase


@pytest.fixture
def payer(server: AnimaticServer, sora_connection: Any, request: pytest.FixtureRequest) -> Payer:
    mode = request.node.callspec.params.get("mode", "blind")
    server.reset()
    server.settings(**MODES[mode])
    made = Payer(mode, sora_connection, server.url)
    # All others are answered, however busy the machine is.
    if "hang" in request.node.callspec.params.get("fault", ""):
        made.patience = 0.8
    if mode == "witness":
        made.known = (long_job(server, made),)
    return made


def long_job(server: AnimaticServer, payer: Payer) -> KnownJob:
    """Another job of ours that goes on for the whole test, and an older one, as any server has that is in use."""
    payer.connect(server.url, KEY, dialect="animatic")
    hook = SoraHook("sora_default")
    hook.create_video("Yesterday's news", model="sora-2", seconds=4, size="1280x720")
    time.sleep(1.1)
    prompt, begun = "Waves break on black rocks", time.time()
    server.fault(on="create", action="stuck", times=1)
    job = hook.create_video(prompt, model="sora-2", seconds=4, size="1280x720")
    return KnownJob(job.id, prompt_digest(prompt), begun, hook.base_url)


def create(prompt: str = "a red kite over dunes") -> Submission:
    return Submission(SubmitKind.CREATE, prompt, model="sora-2", seconds=4, size="1280x720")


def counts(server: AnimaticServer) -> tuple[int, int]:
    """POSTs that arrived, and jobs that were accepted and are billed."""
    stats = server.stats()
    return stats["paid_posts"], stats["paid_submits"]


def since(server: AnimaticServer, before: tuple[int, int]) -> tuple[int, int]:
    posts, paid = counts(server)
    return posts - before[0], paid - before[1]


def follow(payer: Payer, server: AnimaticServer, submission: Submission, accepted: bool) -> None:
    """One try and, where the retry policy allows it, the next; then what must have been sent and paid."""
    before = counts(server)
    if payer.mode == "blind" or (payer.mode == "listing" and not accepted):
        for _ in range(2):  # clearing the task does not pay either
            with pytest.raises(AmbiguousSubmitError, match="may have cost"):
                payer.attempt(submission)
        expected = 1, int(accepted)
        assert payer.phase() == INTENT
    else:
        job = payer.attempt(submission)
        assert job.id == payer.attempt(submission).id
        expected = (1 if accepted and payer.lists else 2), 1
        assert payer.phase() in (SUBMITTED, COMPLETED)
        assert job.id in {made["id"] for made in server.jobs()}
    assert since(server, before) == expected


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", LOST_REQUESTS)
def test_a_request_that_was_never_accepted(server: AnimaticServer, payer: Payer, fault: str, mode: str) -> None:
    server.fault(on="create", times=1, **LOST_REQUESTS[fault])
    follow(payer, server, create(), accepted=False)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", LOST_ANSWERS)
def test_an_accepted_request_whose_answer_is_lost(server: AnimaticServer, payer: Payer, fault: str, mode: str) -> None:
    server.fault(on="create", times=1, **LOST_ANSWERS[fault])
    follow(payer, server, create(), accepted=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("rule", "accepted"),
    [
        ({"action": "reset_after_accept"}, True),
        ({"action": "status", "status": 502, "after_accept": True}, True),
        ({"action": "half_json"}, True),
        ({"action": "reset_before_body"}, False),
        ({"action": "status", "status": 503}, False),
    ],
    ids=lambda value: value["action"] if isinstance(value, dict) else "",
)
def test_remix_likewise(
    server: AnimaticServer, payer: Payer, sora_connection: Any, rule: dict, accepted: bool, mode: str
) -> None:
    sora_connection(server.url, KEY, dialect="animatic")
    hook = SoraHook("sora_default")
    source = hook.create_video("a mug", model="sora-2", seconds=4, size="1280x720")
    deadline = time.monotonic() + 30
    while not hook.get_video(source.id).status.is_final and time.monotonic() < deadline:
        time.sleep(0.05)
    server.fault(on="remix", times=1, **rule)
    follow(payer, server, Submission(SubmitKind.REMIX, "colder light", source_id=source.id), accepted)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("wait", [7, None])
def test_too_many_requests_is_a_certain_refusal(
    server: AnimaticServer, payer: Payer, wait: int | None, mode: str
) -> None:
    before = counts(server)
    headers = {} if wait is None else {"Retry-After": str(wait)}
    server.fault(on="create", action="status", status=429, headers=headers, times=1)
    with pytest.raises(RateLimitedError, match="Nothing was paid") as caught:
        payer.attempt(create())
    assert (since(server, before), payer.phase()) == ((1, 0), REFUSED)
    assert caught.value.retry_after == wait
    decision = SoraRetryPolicy().evaluate(caught.value, 1, 2)
    assert decision.action.value == ("default" if wait is None else "retry")
    assert (decision.retry_delay.total_seconds() if decision.retry_delay else None) == wait
    payer.attempt(create())
    assert since(server, before) == (2, 1)


def closed_port() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/v1"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("where", ["refused", "unknown host"])
def test_no_connection_is_a_certain_refusal(
    server: AnimaticServer, payer: Payer, where: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    before = counts(server)
    payer.url = closed_port() if where == "refused" else "http://no-such-host.invalid/v1"
    with pytest.raises(ServerUnreachableError, match="Nothing was paid") as caught:
        payer.attempt(create(), checked=False)  # the check would not get through either
    assert not caught.value.never_retry
    assert payer.phase() == REFUSED
    payer.url = server.url
    payer.attempt(create())
    assert since(server, before) == (1, 1)


@pytest.mark.parametrize("mode", ["keyed"])
def test_an_outage_longer_than_a_try_on_a_server_that_honours_keys(
    server: AnimaticServer, payer: Payer, mode: str
) -> None:
    server.fault(on="create", action="status", status=504, after_accept=True, times=1)
    server.fault(on="create", action="status", status=503, times=1)
    with pytest.raises(SoraError, match="makes no second job") as caught:
        payer.attempt(create())
    assert not caught.value.never_retry
    payer.attempt(create())
    assert counts(server) == (3, 1)
