"""A lost answer on servers whose list does not say what ours says: one POST, and a stop that tells why, every time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_provider_sora.exceptions import AmbiguousSubmitError
from airflow_provider_sora.hooks.sora import SoraHook
from airflow_provider_sora.jobs.known_job import KnownJob
from airflow_provider_sora.jobs.ledger import Ledger
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.jobs.request_digest import Scope, prompt_digest
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.jobs.submit import Submitter
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from tests.integration.operators.contrary import ContraryServer, Job, newest_first
from tests.unit.jobs.fakes import Store

KEY = "a-key-of-some-length"
PROMPT = "A red kite over the dunes at dusk, slow pan to the right"
OTHER = "Waves break on black rocks under a low sun"


@pytest.fixture
def server() -> Iterator[ContraryServer]:
    with ContraryServer() as running:
        yield running


class Payer:
    """One task on a connection that names its server; waiting costs no time."""

    def __init__(self, server: ContraryServer, connect: Any, word: str) -> None:
        connect(server.url, KEY, dialect="openai", request_timeout=2)
        self.server, self.word = server, word
        self.store, self.skipped = Store(), 0.0
        server.make("Yesterday's news in a studio", created_at=time.time() - 200_000, status="completed")
        begun = time.time()
        witness = server.make(OTHER, model="sora-2", size="1280x720", seconds="4")
        self.known = KnownJob(witness["id"], prompt_digest(OTHER), begun, server.url)

    def attempt(self, submission: Submission | None = None) -> VideoJob:
        hook = SoraHook("sora_default")
        return Submitter(
            server=hook,
            sora_conn_id="sora_default",
            ledger=Ledger(self.store),
            scope=Scope("dag", "run", "task"),
            choices=Choices(self.word, ambiguous_settle=5),
            try_number=1,
            max_tries=2,
            announce=lambda claim: None,
            siblings=lambda entry: Siblings(frozenset({self.known.video_id}), (), (self.known,)),
            lists_prompts=hook.dialect.list_has_prompts,
            request_timeout=hook.settings.timeout,
            now=lambda: time.time() + self.skipped,
            sleep=self.skip,
        ).obtain(submission or Submission(SubmitKind.CREATE, PROMPT, model="sora-2", seconds=4, size="1280x720"))[0]

    def skip(self, seconds: float) -> None:
        self.skipped += seconds


@pytest.fixture(params=["adopt_or_fail", "resubmit_if_absent"])
def payer(server: ContraryServer, sora_connection: Any, request: pytest.FixtureRequest) -> Payer:
    return Payer(server, sora_connection, request.param)


def each(change: Any) -> Any:
    """A list that changes every entry that shows our prompt."""

    def listing(jobs: list[Job]) -> Any:
        return newest_first([change(job) if job["prompt"] == PROMPT else job for job in jobs])

    return listing


def paged_without_end(jobs: list[Job]) -> Any:
    return {"data": jobs[::-1][:1], "has_more": True, "last_id": None}


CONTRARY = {
    "hides running jobs": lambda jobs: newest_first([job for job in jobs if job["status"] == "completed"]),
    "shows no job younger than the witness": lambda jobs: newest_first(
        [dict(job, status="completed") if job["prompt"] == OTHER else job for job in jobs if job["prompt"] != PROMPT]
    ),
    "dates it an hour early": each(lambda job: {**job, "created_at": job["created_at"] - 3600}),
    "dates it by a clock 10 s behind": each(lambda job: {**job, "created_at": job["created_at"] - 10}),
    "dates it 0": each(lambda job: {**job, "created_at": 0}),
    "dates it in words": each(lambda job: {**job, "created_at": "today"}),
    "shortens its prompt": each(lambda job: {**job, "prompt": job["prompt"][:20]}),
    "shortens its prompt with dots": each(lambda job: {**job, "prompt": job["prompt"][:20] + "..."}),
    "redacts its prompt": each(lambda job: {**job, "prompt": "[redacted]"}),
    "leaves its prompt out": each(lambda job: {**job, "prompt": None}),
    "re-cases its prompt": each(lambda job: {**job, "prompt": job["prompt"].title()}),
    "rewrites a word of its prompt": each(lambda job: {**job, "prompt": job["prompt"].replace("red", "crimson")}),
    "begins with the oldest and shows no more than a page": lambda jobs: {"data": jobs[:2]},
    "has an entry without an id": each(lambda job: {"status": "queued"}),
    "has an entry that is text": each(lambda job: job["id"]),
    "cannot be continued": paged_without_end,
    "is empty": lambda jobs: {"data": []},
    "is no list": lambda jobs: {"videos": jobs},
}


@pytest.mark.parametrize("how", CONTRARY)
def test_a_list_that(how: str, server: ContraryServer, payer: Payer) -> None:
    server.listing, server.lose = CONTRARY[how], 1
    for _ in range(2):  # clearing the task does not pay either
        with pytest.raises(AmbiguousSubmitError, match="1 paid request of this task has no known outcome"):
            payer.attempt()
    assert (server.posts, len(server.jobs)) == (1, 3)


def test_a_list_that_tells_the_truth_gives_the_job_back(server: ContraryServer, payer: Payer) -> None:
    server.lose = 1
    assert payer.attempt().id == "video_3"
    assert server.posts == 1


def test_a_list_that_begins_with_the_oldest_and_goes_on_gives_it_back_too(server: ContraryServer, payer: Payer) -> None:
    server.listing, server.lose = lambda jobs: {"data": jobs}, 1
    assert payer.attempt().id == "video_3"
    assert server.posts == 1


def test_only_a_witness_and_the_users_word_pay_again(server: ContraryServer, payer: Payer) -> None:
    server.drop = 1
    if payer.word == "resubmit_if_absent":
        assert payer.attempt().id == "video_3"
        assert server.posts == 2
    else:
        with pytest.raises(AmbiguousSubmitError, match="resubmit_if_absent"):
            payer.attempt()
        assert server.posts == 1


def test_an_upload_that_outlives_its_time_is_given_up(
    server: ContraryServer, payer: Payer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The server takes the body so slowly that nobody waits for the job any more: it must not be made after all."""
    monkeypatch.setattr("airflow_provider_sora.protocol.http.sending.upload.upload_time", lambda size: 1.0)
    server.before_reading = lambda: time.sleep(1.5)
    large = Submission(SubmitKind.EDIT, PROMPT, source_file=bytes(60_000_000))
    payer.word = "fail"
    with pytest.raises(AmbiguousSubmitError):
        payer.attempt(large)
    assert "its body could not be sent in time, and only a part of it was" in caplog.text
    time.sleep(1)
    assert server.posts == 0 and len(server.jobs) == 2


def test_a_large_upload_under_way_is_not_absent(server: ContraryServer, payer: Payer) -> None:
    """An orphan of the first try goes on sending 60 MB while the second searches: it finds the job, however late."""
    let_go = threading.Event()
    server.before_reading = lambda: let_go.wait(20) and None
    large = Submission(SubmitKind.EDIT, PROMPT, source_file=bytes(60_000_000))
    orphan = Payer.__new__(Payer)
    orphan.__dict__.update(payer.__dict__)
    orphan.word = "fail"
    sending = threading.Thread(target=orphan.attempt, args=(large,), daemon=True)
    sending.start()
    while Ledger(payer.store).read() is None:
        time.sleep(0.05)
    begun = time.time()
    payer.skip = lambda seconds: advance(seconds)  # type: ignore[method-assign]

    def advance(seconds: float) -> None:
        payer.skipped += seconds
        if payer.skipped > 250:
            let_go.set()
            time.sleep(1)  # the job appears while the search goes on

    server.listing = lambda jobs: newest_first(
        [{**job, "prompt": PROMPT, "created_at": int(begun + 1)} if job["prompt"] == "a form" else job for job in jobs]
    )
    assert payer.attempt(large).id == "video_3"
    assert server.posts == 1
    sending.join(20)
