"""Decorated functions through real Airflow and the bundled server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_sora.jobs.ledger import SUBMITTED, Entry, Ledger
from tests.support.airflow import cleared
from tests.support.animatic import KEY
from tests.support.features import retry_policies

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"
PRICES = {"*": {"*": 0.1}}

HEAD = """
import secrets
from datetime import timedelta
from pathlib import Path
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

CALLS = Path({calls!r})

def called():
    with CALLS.open("a") as file:
        file.write("x")
    return len(CALLS.read_text())

with DAG("DAG_ID", schedule=None, default_args={{"retry_delay": timedelta(0)}}, params={{"what": "a kite"}}) as dag:
"""
SHAPE = "model='sora-2', seconds=4, size='1280x720', poll_interval=0.2"


@pytest.fixture
def source(tmp_path: Path):
    """``source(tasks)`` is a DAG whose functions may ask ``called()`` how often any of them was called."""

    def make(tasks: str) -> str:
        return HEAD.format(calls=str(tmp_path / "calls")) + tasks

    make.calls = lambda: len((tmp_path / "calls").read_text())
    (tmp_path / "calls").touch()
    return make


def test_the_example_of_the_documents(animatic, gcs_server, gcs_bucket, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY, prices=PRICES, default_model="sora-2")
    text = (
        (EXAMPLES / "taskflow.py")
        .read_text("utf-8")
        .replace('with DAG("taskflow", schedule=None):', 'with DAG("DAG_ID", schedule=None) as dag:')
    )
    result = run_dag(text.replace("my-bucket", gcs_bucket).replace("deferrable=True", "poll_interval=0.2"))
    assert result.state == "success", result.states()
    assert animatic.stats()["paid_submits"] == 4
    made = [result.xcom("per_product.film", map_index=index) for index in range(2)]
    assert [record["labels"]["sku"] for record in made] == ["MUG-01", "CHR-07"]
    assert [record["requested"]["seconds"] for record in made] == [4, 8]
    assert made[0]["labels"]["day"] == result.dag_run.logical_date.date().isoformat()
    dusk = result.xcom("per_product.keep_evening", map_index=1)
    assert dusk["parent_id"] == made[1]["video_id"]
    assert dusk["uri"] == f"gs://{gcs_bucket}/clips/{dusk['video_id']}/video.mp4"


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_prompt_and_its_context_mapped_and_not(deferrable, source, animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY)
    result = run_dag(
        source(f"""
    @task.sora_video({SHAPE}, deferrable={deferrable}, labels={{"run": "{{{{ params.what }}}}"}})
    def clip(colour, params=None, **context):
        return f"{{colour}} {{params['what']}} {{context['ti'].task_id}} {{{{{{{{ braces }}}}}}}}"

    clip("red")
    clip.override(task_id="many").expand(colour=["blue", "green"])
""")
    )
    assert result.state == "success", result.states()
    one = result.xcom("clip")
    assert one["requested"]["prompt"] == "red a kite clip {{ braces }}" and one["labels"] == {"run": "a kite"}
    prompts = [result.xcom("many", map_index=index)["requested"]["prompt"] for index in range(2)]
    assert prompts == ["blue a kite many {{ braces }}", "green a kite many {{ braces }}"]
    assert animatic.stats()["paid_submits"] == 3


def test_what_was_asked_shows_among_the_rendered_templates(source, animatic, run_dag, sora_connection) -> None:
    from airflow.models.renderedtifields import RenderedTaskInstanceFields
    from airflow.utils.session import create_session

    sora_connection(animatic.url, KEY, conn_id="sora_two")
    result = run_dag(
        source(f"""
    @task.sora_video({SHAPE}, sora_conn_id="sora_two")
    def clip():
        return {{"prompt": "a mug", "labels": {{"sku": "A1"}}}}

    @task.sora_remix(poll_interval=0.2)
    def dusk(video):
        return {{"prompt": "at dusk", "video": video}}

    dusk(clip())
""")
    )
    assert result.state == "success", result.states()
    with create_session() as session:
        rows = session.query(RenderedTaskInstanceFields).filter_by(run_id=result.dag_run.run_id).all()
        shown = {row.task_id: row.rendered_fields for row in rows if row.dag_id == result.dag_run.dag_id}
    assert shown["clip"]["prompt"] == "a mug" and shown["clip"]["labels"] == {"sku": "A1"}
    # The remix names no connection; it is its video's, not the default.
    assert shown["dusk"]["prompt"] == "at dusk" and shown["dusk"]["sora_conn_id"] == "sora_two"
    assert result.xcom("dusk")["parent_id"] == result.xcom("clip")["video_id"]


@pytest.fixture
def dies_after_paying(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """As a process that is killed right after the server has taken its request: the record keeps the intent alone."""
    died: list[Entry] = []
    write = Ledger.write

    def written(self: Ledger, entry: Entry, **kwargs: Any) -> None:
        if entry.phase == SUBMITTED and not died:
            died.append(entry)
            raise RuntimeError("killed here")
        write(self, entry, **kwargs)

    monkeypatch.setattr(Ledger, "write", written)
    return died


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_task_that_is_killed_after_paying_goes_on_with_the_words_that_it_paid_for(
    deferrable, dies_after_paying, source, animatic, run_dag, sora_connection
) -> None:
    retry_policies()  # before Airflow 3.3 there is nothing that outlives a kill
    sora_connection(animatic.url, KEY)
    result = run_dag(
        source(
            f"""
    @task.sora_video({SHAPE}, deferrable={deferrable}, ambiguous_settle=2)
    def clip():
        called()
        return "a kite, " + secrets.token_hex(8)

    clip()
"""
        )
    )
    assert result.state == "success", result.states()
    assert len(dies_after_paying) == 1
    assert result.tries("clip") == 2 and source.calls() == 1
    stats = animatic.stats()
    assert (stats["paid_posts"], stats["paid_submits"]) == (1, 1)
    (job,) = animatic.jobs()
    assert result.xcom("clip")["video_id"] == job["id"]
    assert result.xcom("clip")["requested"]["prompt"] == job["prompt"]


@pytest.mark.parametrize(("on_clear", "asked", "paid"), [("reuse", 1, 1), ("new", 2, 2)])
def test_a_clear_asks_again_only_where_it_is_to_pay_again(
    on_clear, asked, paid, source, animatic, run_dag, sora_connection
) -> None:
    retry_policies()
    sora_connection(animatic.url, KEY)
    first = run_dag(
        source(f"""
    @task.sora_video({SHAPE}, on_clear="{on_clear}")
    def clip():
        called()
        return "a kite, " + secrets.token_hex(8)

    clip()
""")
    )
    assert (first.state, source.calls(), animatic.stats()["paid_submits"]) == ("success", 1, 1)
    again = cleared(first.dag, first, "clip")
    assert (again.state, source.calls(), animatic.stats()["paid_submits"]) == ("success", asked, paid)
    assert again.xcom("clip")["video_id"] in {job["id"] for job in animatic.jobs()}


def test_a_failed_render_is_asked_for_again_in_the_same_words(source, animatic, run_dag, sora_connection) -> None:
    retry_policies()
    sora_connection(animatic.url, KEY)
    animatic.fault(action="fail_job", times=1)
    result = run_dag(
        source(f"""
    @task.sora_video({SHAPE})
    def clip():
        called()
        return "a kite, " + secrets.token_hex(8)

    clip()
""")
    )
    assert result.state == "success", result.states()
    assert result.tries("clip") == 2 and source.calls() == 1
    assert len({job["prompt"] for job in animatic.jobs()}) == 1 and len(animatic.jobs()) == 2


def test_where_it_is_archived_may_be_the_functions_word_too(
    source, animatic, run_dag, sora_connection, tmp_path
) -> None:
    sora_connection(animatic.url, KEY)
    result = run_dag(
        source(f"""
    @task.sora_video({SHAPE}, deferrable=True, durable=False)
    def clip():
        return {{"prompt": "a kite", "destination": "file://{tmp_path}/clips"}}

    clip()
""")
    )
    assert result.state == "success", result.states()
    kept = result.xcom("clip")
    assert Path(kept["uri"].removeprefix("file://")).stat().st_size > 1000


def test_without_a_record_it_is_said_what_is_lost(source, animatic, run_dag, sora_connection, capsys) -> None:
    sora_connection(animatic.url, KEY)
    result = run_dag(
        source(f"""
    @task.sora_video({SHAPE}, durable=False)
    def clip():
        return "a kite"

    clip()
""")
    )
    assert result.state == "success", result.states()
    assert "what clip() answered is kept for this try alone: a retry asks it again" in capsys.readouterr().out


@pytest.mark.parametrize("deferrable", [False, True])
def test_before_airflow_3_3_a_retry_asks_again_which_the_docs_say(
    deferrable, source, animatic, run_dag, sora_connection, capsys, monkeypatch
) -> None:
    monkeypatch.setattr("airflow_provider_sora.tasks.paying.obtaining.state_store", lambda context: None)
    sora_connection(animatic.url, KEY)
    animatic.fault(action="fail_job", times=1)
    result = run_dag(
        source(f"""
    @task.sora_video({SHAPE}, deferrable={deferrable})
    def clip():
        return f"a kite, {{called()}}"

    clip()
""")
    )
    assert result.state == "success", result.states()
    assert sorted(job["prompt"] for job in animatic.jobs()) == ["a kite, 1", "a kite, 2"]
    assert result.xcom("clip")["requested"]["prompt"] == "a kite, 2"
    said = capsys.readouterr().out
    assert "no task state store" in said and "is kept for this try alone" in said


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        ("None", "failed", "clip() returned nothing. Nothing was paid."),
        ("{'prompt': 'a', 'secnds': 4}", "failed", "Did you mean 'seconds'?"),
        ("{'prompt': 'a', 'max_cost_usd': ''}", "failed", "max_cost_usd renders blank"),
        ("{'prompt': 'a', 'seconds': 'four'}", "failed", "seconds must be a number"),
    ],
)
def test_a_wrong_answer_fails_once_and_costs_nothing(
    answer, state, said, source, animatic, run_dag, sora_connection, capsys
) -> None:
    sora_connection(animatic.url, KEY)
    result = run_dag(source(f"    @task.sora_video({SHAPE})\n    def clip():\n        return {answer}\n\n    clip()\n"))
    assert (result.state, result.tries("clip")) == (state, 1)
    assert animatic.stats()["paid_posts"] == 0
    assert said in capsys.readouterr().out


def test_a_plain_task_may_look_for_nothing_paid(animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY)
    animatic.settings(render_seconds=60)
    text = (EXAMPLES / "jobs_under_way.py").read_text("utf-8").replace('DAG("jobs_under_way"', 'DAG("DAG_ID"')
    text = text.replace("schedule=None):", "schedule=None) as dag:")
    with httpx.Client(base_url=animatic.url, headers={"authorization": f"Bearer {KEY}"}, timeout=60) as client:
        made = client.post("/videos", json={"model": "sora-2", "prompt": "a kite"}).json()
    result = run_dag(text)
    assert result.state == "success", result.states()
    (line,) = result.xcom("under_way")
    assert line.split(": ")[0] == made["id"] and line.split(": ")[1] in ("queued", "in_progress")


def test_a_function_may_skip_and_one_that_fails_is_asked_again(source, animatic, run_dag, sora_connection) -> None:
    sora_connection(animatic.url, KEY)
    result = run_dag(
        source(f"""
    @task.sora_video({SHAPE})
    def nothing_today():
        raise AirflowSkipException("no news")

    @task.sora_video({SHAPE})
    def clip():
        if called() == 1:
            raise OSError("the model is away")
        return "a kite"

    nothing_today()
    clip()
""")
    )
    assert result.states() == {"nothing_today": "skipped", "clip": "success"}
    assert result.tries("clip") == 2 and animatic.stats()["paid_submits"] == 1
