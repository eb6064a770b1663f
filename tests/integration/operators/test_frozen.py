"""A process that stands still between its intent and its request, and wakes up when the task has gone on without it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.jobs.ledger import Ledger
from airflow_provider_sora.jobs.plan import Choices
from airflow_provider_sora.jobs.request_digest import Scope
from airflow_provider_sora.jobs.settling.settle import Siblings
from airflow_provider_sora.jobs.submit import Submitter
from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import read_connection
from airflow_provider_sora.protocol.servers.dialects import DIALECTS
from airflow_provider_sora.protocol.session import VideosSession
from airflow_provider_sora.protocol.submission import Submission, SubmitKind
from tests.integration.operators.contrary import ContraryServer
from tests.unit.jobs.fakes import Store


@pytest.fixture
def server() -> Iterator[ContraryServer]:
    with ContraryServer() as running:
        yield running


FROZEN = """
    import os, signal, sys
    from pathlib import Path
    from airflow_provider_sora.exceptions import SoraError
    from airflow_provider_sora.jobs import ledger as ledgers
    from tests.integration.operators.test_frozen import FileStore, one_try

    def freeze():
        os.kill(os.getpid(), signal.SIGSTOP)

    place = sys.argv[3]
    written = ledgers.Ledger.write_intent
    ledgers.Ledger.write_intent = lambda self, entry: (written(self, entry), place == "before" and freeze())
    seen = ledgers.Ledger.still_holds
    ledgers.Ledger.still_holds = lambda self, entry: (seen(self, entry), place == "after" and freeze())
    try:
        print("got", one_try(sys.argv[1], FileStore(sys.argv[2])).id)
    except SoraError as error:
        print(type(error).__name__, error.message)
"""


class FileStore(Store):
    """A state store that two processes share."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = Path(path)

    def get(self, key: str, default: Any = None) -> Any:
        return json.loads(self.path.read_text()) if self.path.exists() else default

    def set(self, key: str, value: Any) -> None:
        self.path.write_text(json.dumps(value))


def one_try(url: str, store: Store, word: str = "resubmit") -> VideoJob:
    settings = read_connection(conn_id="c", host=url, password="a-key-of-some-length", extra={"request_timeout": 5})
    session = VideosSession(settings, DIALECTS["openai"], VideosClient(settings))

    class Paying:
        base_url, server_name, clock_offset = url, "the server", None
        get_video, list_videos = session.get_video, session.list_videos

        def submit(self, submission: Submission, *, idempotency_key: str, before: Any = None) -> VideoJob:
            return session.submit(submission, idempotency_key, before)

    return Submitter(
        server=Paying(),
        sora_conn_id="c",
        ledger=Ledger(store),
        scope=Scope("dag", "run", "task"),
        choices=Choices(word),
        try_number=1,
        max_tries=2,
        announce=lambda claim: None,
        siblings=lambda entry: Siblings(),
        request_timeout=5,
    ).obtain(Submission(SubmitKind.CREATE, "a red kite"))[0]


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_process_that_is_frozen_and_wakes_up_again(server: ContraryServer, tmp_path: Path, place: str) -> None:
    """Stopped after its intent was read back, or even after its last look; meanwhile the next try pays."""
    record = tmp_path / "record"
    command = [sys.executable, "-c", textwrap.dedent(FROZEN), server.url, str(record), place]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "it ended before its place"
    made = one_try(server.url, FileStore(str(record)))
    os.kill(process.pid, signal.SIGCONT)
    said, _ = process.communicate(timeout=30)
    recorded = Ledger(FileStore(str(record))).read()
    assert recorded is not None and recorded.video_id == made.id, "the record of the first job stays"
    assert f"LedgerError The recovery record of this task names job {made.id}" in said
    if place == "before":
        assert server.posts == 1
        assert "This request was not sent, so it costs nothing" in said
    else:
        # Nothing can be looked at later than the last thing before the request; its job is named at least.
        assert server.posts == 2
        assert "Job video_2 exists" in said
