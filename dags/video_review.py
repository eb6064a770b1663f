"""Asks people about every clip that the other DAGs archive: approve, reject, or change it once more.

Started by their event, one run for each of theirs. Each clip is one mapped group: the question, and, where a change was
asked for, one remix, or, where a draft was approved, its final; either comes back at once as a question in a review run
of its own. A day without an answer leaves a clip undecided: it stays where it is, and can be asked about again (param
``clips``).
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Param, dag, get_current_context, task, task_group

from airflow_provider_sora.kit import default_args
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.final import FinalVideoOperator
from airflow_provider_sora.operators.review import ReviewVideoOperator
from airflow_provider_sora.operators.video import RemixOperator
from airflow_provider_sora.review.announcing import MADE, asset, outlet
from airflow_provider_sora.runs.gates import skip_without_prompt
from airflow_provider_sora.runs.reporting.reviews import clips_to_review, come_back, final_comes_back, tell_pages

#: How long people have to answer.
DUE = timedelta(hours=float(os.environ.get("VIDEO_REVIEW_DUE_HOURS", "24")))

PARAMS = {
    "clips": Param(
        [], type=["array", "null"], items={"type": "string"}, description="Receipts to ask about again, by address"
    ),
    "assigned_users": Param(
        [], type=["array", "null"], items={"type": "string"}, description="Who may answer; else who may act on this DAG"
    ),
    "approvers": Param(1, enum=[1, 2], description="Different people who must approve"),
    "not_alone": Param(
        False, type="boolean", description="Who started the run that made a clip is not the only one to approve it"
    ),
    "max_rounds": Param(3, type="integer", minimum=0, description="Changes of one clip, along its lineage"),
    "max_cost_usd": Param(None, type=["number", "null"], minimum=0, description="For one change, or one final"),
    "final_conn_id": Param(None, type=["string", "null"], description="Makes finals; else what made the draft"),
    "gcp_conn_id": Param(None, type=["string", "null"]),
    "storage_conn_id": Param(None, type=["string", "null"]),
    "poll_interval": Param(15, type="number", minimum=0.1),
}


#: A run is open as long as one of its clips waits for a person, and holds no worker meanwhile. Airflow's own limit, 16,
#: would leave later clips without a question until somebody has answered about earlier ones.
OPEN_RUNS = 1000
#: Of a task that announces what it has archived.
ANNOUNCES: dict[str, Any] = {"inlets": [asset(MADE)], "outlets": [outlet(MADE)]}


@dag(
    schedule=[asset(MADE)],
    max_active_runs=OPEN_RUNS,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    params=PARAMS,
    default_args=default_args(),
    tags=["sora", "review"],
    doc_md=__doc__,
)
def video_review() -> None:
    @task
    def clips() -> list[dict[str, str | bool | None]]:
        return clips_to_review(get_current_context())

    @task_group
    def clip(video, requested_by, ask_again) -> None:  # type: ignore[no-untyped-def]
        gcs, store = "{{ params.gcp_conn_id or '' }}", "{{ params.storage_conn_id or '' }}"
        archiving = {"gcp_conn_id": gcs, "archive_options": {"storage_conn_id": store}}
        limit = "{{ 'unlimited' if params.max_cost_usd is none else params.max_cost_usd }}"
        review = ReviewVideoOperator(
            task_id="review", video=video, response_timeout=DUE,
            assigned_users="{{ (params.assigned_users or []) | tojson }}",
            approvers="{{ params.approvers }}", max_rounds="{{ params.max_rounds }}", max_cost_usd=limit,
            requested_by=requested_by, ask_again=ask_again, final_conn_id="{{ params.final_conn_id or '' }}",
            gcp_conn_id=gcs, storage_conn_id=store,
        )  # fmt: skip
        change = RemixOperator(
            task_id="change", video=review.output, prompt=review.output["change"],
            labels=review.output["change_labels"], max_cost_usd=limit, deferrable=True,
            poll_interval="{{ params.poll_interval }}", pre_execute=skip_without_prompt,
        )  # fmt: skip
        ArchiveVideoOperator(
            task_id="archive", video=change.output, destination=review.output["change_destination"],
            post_execute=come_back, **ANNOUNCES, **archiving,
        )  # fmt: skip
        final = FinalVideoOperator(
            task_id="final", draft=review.output, sora_conn_id="{{ params.final_conn_id or '' }}", max_cost_usd=limit,
            deferrable=True, poll_interval="{{ params.poll_interval }}", **archiving,
        )  # fmt: skip
        ArchiveVideoOperator(
            task_id="archive_final", video=final.output, destination=review.output["final_destination"],
            post_execute=final_comes_back, **ANNOUNCES, **archiving,
        )  # fmt: skip

    @task(trigger_rule="all_done")
    def pages() -> int:
        return tell_pages(get_current_context())

    clip.expand_kwargs(clips()) >> pages()


made = video_review()
