"""Spending caps of a deployment, held where real tasks pay."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.caps.configured import configured_book
from tests.support.animatic import KEY
from tests.support.features import retry_policies

CLIP = "CreateVideoOperator(task_id={name!r}, model='sora-2', seconds=4, size='1280x720', poll_interval=0.2, {more})"
HEAD = """
from datetime import timedelta
from airflow.sdk import DAG
from airflow_provider_sora.operators.video import *

with DAG("DAG_ID", schedule=None, default_args={"retry_delay": timedelta(0)}) as dag:
"""


@pytest.fixture
def caps(animatic, sora_connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``caps({...}, …)`` sets the deployment's caps. A clip costs $0.40."""
    sora_connection(animatic.url, KEY, prices={"*": {"*": 0.1}})

    def configure(*rules: dict[str, Any]) -> None:
        monkeypatch.setenv("AIRFLOW__SORA__CAPS", json.dumps(rules))
        monkeypatch.setenv("AIRFLOW__SORA__CAPS_BOOK", f"file://{tmp_path}/book")

    return configure


def dag(**tasks: str) -> str:
    return HEAD + "\n".join("    " + CLIP.format(name=name, more=more) for name, more in tasks.items())


def entered() -> dict[str, float]:
    book = configured_book()
    assert book is not None
    return {name.partition(" ")[2] or name[:4]: usd for name, usd in book.sums().items()}


def test_a_job_that_does_not_fit_is_not_sent_and_says_what_is_left(caps, animatic, run_dag, capsys) -> None:
    caps({"per": "month", "usd": 5}, {"per": "month", "usd": 0.5, "label": "brand"})
    made = "prompt='a mug', labels={'brand': 'hinoki'}"
    result = run_dag(dag(one=made, other="prompt='a kite', labels={'brand': 'sugi'}"))
    assert result.state == "success", result.states()
    result = run_dag(dag(two=made))
    assert (result.state, result.tries("two")) == ("failed", 1)
    assert animatic.stats()["paid_posts"] == 2
    said = capsys.readouterr().out
    assert "[sora] caps allows $0.5 a month for brand=hinoki. $0.10 of that is left in" in said
    assert "this job is estimated at $0.40. Nothing was paid. Next: wait for the next month" in said
    assert entered()["brand=hinoki"] == 0.4 and entered()["brand=sugi"] == 0.4


def test_a_remix_counts_for_its_own_labels_and_what_was_made_is_not_lost(caps, animatic, run_dag) -> None:
    caps({"per": "day", "usd": 0.6, "label": "team"})
    source = dag(make="prompt='a mug', labels={'team': 'news'}") + (
        "\n    RemixOperator(task_id='change', video=dag.get_task('make').output, prompt='at dusk', "
        "labels={'team': 'news'})\n"
        "    RemixOperator(task_id='other', video=dag.get_task('make').output, prompt='at dawn', poll_interval=0.2, "
        "labels={'team': 'shop'})"
    )
    result = run_dag(source)
    assert result.states() == {"make": "success", "change": "failed", "other": "success"}
    assert animatic.stats()["paid_submits"] == 2


def test_what_the_server_refuses_is_given_back(caps, animatic, run_dag) -> None:
    caps({"per": "month", "usd": 0.5})
    animatic.fault(on="create", action="status", preset="moderation", times=1)
    assert run_dag(dag(one="prompt='a sword'")).state == "failed"
    assert list(entered().values()) == [0.0]
    assert run_dag(dag(one="prompt='a mug'")).state == "success"
    assert list(entered().values()) == [0.4]


def test_a_lost_answer_and_a_retry_count_once_and_a_failed_render_counts(caps, animatic, run_dag) -> None:
    retry_policies()
    caps({"per": "month", "usd": 5})
    animatic.fault(on="create", action="reset_after_accept", times=1)
    assert run_dag(dag(one="prompt='adopt me', ambiguous_settle=2")).state == "success"
    assert list(entered().values()) == [0.4]
    # The server's rule says whether a failed render is billed; a cap assumes that it is.
    animatic.fault(action="fail_job", preset="server_error", times=1)
    assert run_dag(dag(one="prompt='once more'")).state == "success"
    assert list(entered().values()) == [1.2]


def test_an_unknown_price_does_not_pass_a_cap(caps, animatic, run_dag, sora_connection, capsys) -> None:
    caps({"per": "month", "usd": 5})
    sora_connection(animatic.url, KEY)
    assert run_dag(dag(one="prompt='a mug'")).state == "failed"
    assert animatic.stats()["paid_posts"] == 0
    assert "but this job's cost is unknown" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "book", "said"),
    [
        ('[{"per": "month"}]', "file:///book", "has no 'usd' in its 1. cap"),
        ('[{"per": "month", "usd": 5}]', "", "but not where its book is kept"),
        ('[{"per": "month", "usd": 5}]', "book", "is not a URL"),
    ],
)
def test_caps_that_cannot_be_read_stop_every_payment(text, book, said, caps, animatic, run_dag, monkeypatch, capsys):
    caps()
    monkeypatch.setenv("AIRFLOW__SORA__CAPS", text)
    monkeypatch.setenv("AIRFLOW__SORA__CAPS_BOOK", book)
    result = run_dag(dag(one="prompt='a mug'"))
    assert (result.state, result.tries("one"), animatic.stats()["paid_posts"]) == ("failed", 1, 0)
    assert said in capsys.readouterr().out


def test_the_report_says_what_is_left(caps, animatic, run_dag, tmp_path: Path) -> None:
    caps({"per": "month", "usd": 5}, {"per": "day", "usd": 1, "label": "brand"})
    made = f"prompt='a mug', labels={{'brand': 'hinoki'}}, destination='file://{tmp_path}/clips'"
    assert run_dag(dag(one=made)).state == "success"

    def report(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "airflow_provider_sora", "report", f"file://{tmp_path}/clips", *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=120, env={**os.environ, "COLUMNS": "200"}
        )

    done = report("--output", "json")
    assert done.returncode == 0, done.stderr
    month, brand = json.loads(done.stdout)["caps"]
    assert (month["cap"], month["usd"], month["entered_usd"], month["left_usd"]) == ("$5 a month", 5, 0.4, 4.6)
    assert (brand["cap"], brand["left_usd"]) == ("$1 a day for brand=hinoki", 0.6)
    table = report().stdout
    assert "Spending caps" in table and "$1 a day for brand=hinoki" in table and "4.6" in table
    (entry,) = (tmp_path / "book").rglob("00000001.json")
    entry.write_text("no JSON")
    broken = report()
    assert broken.returncode == 1 and "1" in broken.stdout and "caps: A spending cap is set" in broken.stderr
