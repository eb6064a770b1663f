"""The symptoms of docs/troubleshooting.md, made: what the page quotes is what a person reads in the task's log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from airflow_provider_sora.compat import HAS_RETRY_POLICY
from airflow_provider_sora.hooks.sora import SoraHook
from tests.support.airflow import RunResult
from tests.support.animatic import KEY, AnimaticServer, animatic

__all__ = ["animatic"]

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "troubleshooting.md").read_text("utf-8")
#: By task: what stands on the page, and in the log.
SAID = {
    "blank_guard": "renders blank",
    "blank_prompt": "prompt is blank.",
    "nowhere": "Airflow has no connection",
    "masked": "the mask that Airflow's pages show",
    "refused": "PolicyRefusalError",
    "lost": "AmbiguousSubmitError",
    "slow": "VideoTimeoutError",
    "dear": "BudgetExceededError",
}
SOURCE = """
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator
with DAG("symptoms", schedule=None, default_args={{"retries": 0, "seconds": 4, "size": "1280x720"}}) as dag:
    create = CreateVideoOperator
    create(task_id="blank_guard", prompt="a mug", max_cost_usd="{{{{ ti.xcom_pull('nobody') }}}}")
    create(task_id="blank_prompt", prompt="{{{{ '' }}}}")
    create(task_id="nowhere", prompt="a mug", sora_conn_id="sora_nowhere")
    create(task_id="masked", prompt="a mug", sora_conn_id="sora_masked")
    create(task_id="refused", prompt="refuse me")
    create(task_id="lost", prompt="lose the answer", on_ambiguous_submit="fail")
    create(task_id="slow", prompt="slow", timeout=2, poll_interval=1)
    create(task_id="dear", prompt="a mug", max_cost_usd=0.01)
    create(task_id="clock", prompt="slow {{{{ ti.try_number }}}}", timeout=2, retries=1, retry_delay=timedelta(0))
    batch = create.partial(task_id="batch").expand(prompt=["a mug", "refuse me"])
    ArchiveVideoOperator.partial(task_id="archive", destination="file://{folder}").expand(video=batch.output)
"""


class WebPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>Welcome</title>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


def test_a_web_page_is_no_server(sora_connection: Callable[..., None]) -> None:
    """As *Test*, doctor and the task ``check`` say it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), WebPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sora_connection(f"http://127.0.0.1:{server.server_port}/v1", KEY, conn_id="sora_web_page")
        fine, said = SoraHook("sora_web_page").test_connection()
        server.shutdown()
    assert not fine
    assert "so no Videos API was seen" in said
    assert "so no Videos API was seen" in PAGE


def test_each_symptom_reads_as_the_page_says(
    animatic: AnimaticServer,
    run_dag: Callable[..., RunResult],
    sora_connection: Callable[..., None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sora_connection(animatic.url, KEY, prices={"*": {"*": 0.1}})
    sora_connection(animatic.url, "***", conn_id="sora_masked")
    animatic.fault(on="create", action="status", preset="moderation", match="refuse me", times=None)
    animatic.fault(on="create", action="reset_after_accept", match="lose the answer", times=None)
    animatic.fault(on="create", action="pace", render_seconds=600, match="slow", times=None)
    result = run_dag(SOURCE.format(folder=tmp_path))
    log, states = capsys.readouterr().out, result.states()
    for task, words in SAID.items():
        assert states[task] == "failed", task
        assert words in PAGE, f"{words!r} is no longer on the page"
        assert words in log, f"{task}: {words!r} is not what is read there"
    # A flat mapping behind a mapped create: the good clip was made and never archived, and its id is there.
    assert states["archive"] == "upstream_failed"
    assert "whole branch is `upstream_failed`" in PAGE
    assert result.xcom("batch", map_index=0)["status"] == "completed"
    if HAS_RETRY_POLICY:
        assert "This retry would submit another request" in PAGE
        assert "This retry would submit another request" in log
    # a mug in the batch, the lost one, two slow ones: nothing else was paid, on 3.2 one more for the clock.
    assert animatic.stats()["paid_submits"] == (4 if HAS_RETRY_POLICY else 5)
