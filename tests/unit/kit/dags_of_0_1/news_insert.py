"""A clip and a remix of it for every new article of a news feed, archived with receipts. Nothing is published.

Each article is one mapped task group, so an article that fails costs no other its clip. What a run chose stands in
``inputs.json`` before anything is paid; a retry, a clear or a backfill reads it back instead of choosing again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task, task_group

from airflow_provider_sora.inputs.feeds import FeedItem
from airflow_provider_sora.links.video import IndexPageLink
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator
from airflow_provider_sora.planning.gates import is_on, leave_reason, skip_without_prompt
from airflow_provider_sora.planning.inputs import PlannedRun
from airflow_provider_sora.planning.news import ArticleClips, choose_news
from airflow_provider_sora.planning.outcome import Clip
from airflow_provider_sora.planning.preflight import preflight
from airflow_provider_sora.planning.prompt import news_prompt
from airflow_provider_sora.planning.report import report, tell_of_failure
from airflow_provider_sora.planning.style import Style, load_style
from airflow_provider_sora.retry import default_policy

INCLUDE = Path(__file__).parent / "include"
ZONE = os.environ.get("SORA_TIMEZONE", "Asia/Tokyo")
CLIPS = (Clip("insert", "prompt", "create", "archive"), Clip("remix", "remix_prompt", "remix", "archive_remix"))

PARAMS = {
    "feed": Param(str(INCLUDE / "feeds" / "morning.xml"), type=["string", "array"], description="Path, URL or several"),
    "item": Param({}, type=["object", "null"], description='One article instead: {"title": "…", "link": "…"}'),
    "destination": Param(None, type=["string", "null"], description="Prefix URL; else the Variable sora_archive"),
    "timezone": Param(ZONE, type="string", description="Dates and times in paths"),
    "desk": Param("newsroom", type="string", description="A style in include/styles/desks"),
    "remix": Param("on", enum=["on", "off", True, False], type=["string", "boolean"]),
    "change": Param("colder", type="string", description="The remix's change, named in the style"),
    "second_size": Param(None, type=["string", "null"], description="A second clip per article in this size"),
    "max_items": Param(3, type="integer", minimum=1, maximum=200),
    "max_age_hours": Param(0, type="number", minimum=0, description="0 takes articles of any age"),
    "rerender_corrected": Param(False, type="boolean", description="Make an article again whose text changed"),
    "tone_override": Param(
        [], type=["array", "null"], items={"type": "string"},
        description="Guids or links of stories to make although they tell of death, violence, minors …",
    ),
    "model": Param(None, type=["string", "null"]),
    "seconds": Param(4, type="integer", minimum=1),
    "size": Param("1280x720", type="string"),
    "max_cost_usd": Param(None, type=["number", "null"], minimum=0, description="This run"),
    "daily_budget_usd": Param(None, type=["number", "null"], minimum=0, description="All runs of the day"),
    "max_jobs_per_clip": Param(6, type="integer", minimum=1, description="Paid jobs, failed ones too; then no more"),
    "max_failed_share": Param(0.5, type="number", minimum=0, maximum=1),
    "dry_run": Param(False, type="boolean", description="Write the index with prompts and cost; submit nothing"),
    "notify_conn_id": Param(None, type=["string", "null"], description="HTTP connection told of failures"),
    "page_language": Param("en", enum=["en", "ja"], description="Words of the index pages"),
    "sora_conn_id": Param("sora_default", type="string"),
    "gcp_conn_id": Param(None, type=["string", "null"]),
    "poll_interval": Param(15, type="number", minimum=0.1),
}  # fmt: skip


@dag(
    schedule=CronTriggerTimetable(os.environ.get("NEWS_INSERT_SCHEDULE", "*/15 * * * *"), timezone=ZONE),
    start_date=pendulum.datetime(2026, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_policy": default_policy(),
        "on_failure_callback": leave_reason,
    },
    tags=["sora", "news"],
    doc_md=__doc__,
)
def news_insert() -> None:
    @task
    def check() -> dict[str, Any]:
        run = PlannedRun.of(get_current_context())
        second = (run.params["second_size"],) if run.params["second_size"] else ()
        return preflight(run, remix=is_on(run.params["remix"]), sizes=second)

    # What it returns holds every prompt: not for the log.
    @task(show_return_value_in_logs=False)
    def select(server: dict[str, Any]) -> list[dict[str, Any]]:
        run = PlannedRun.of(get_current_context())
        params, style = run.params, load_style(run.params["desk"], INCLUDE / "styles" / "desks")
        kept = run.kept() or choose_news(
            run, style, lambda article: clips_of(article, style, params), can_remix=server["remix"]
        )
        return [] if run.dry_run else [item["clip"] for item in kept["items"]]

    @task_group
    def article(prompt, remix_prompt, model, seconds, size, labels, destination) -> None:  # type: ignore[no-untyped-def]
        paying: dict[str, Any] = {
            "pre_execute": skip_without_prompt, "deferrable": True, "labels": labels,
            "poll_interval": "{{ params.poll_interval }}", "max_jobs": "{{ params.max_jobs_per_clip }}",
        }  # fmt: skip
        storing = {"destination": destination, "gcp_conn_id": "{{ params.gcp_conn_id or '' }}"}
        create = CreateVideoOperator(
            task_id="create", prompt=prompt, model=model, seconds=seconds, size=size,
            sora_conn_id="{{ params.sora_conn_id }}", **paying,
        )  # fmt: skip
        ArchiveVideoOperator(task_id="archive", video=create.output, **storing)
        remix = RemixOperator(task_id="remix", video=create.output, prompt=remix_prompt, **paying)
        ArchiveVideoOperator(task_id="archive_remix", video=remix.output, **storing)

    @task(trigger_rule="all_done", retries=1, on_failure_callback=tell_of_failure)
    def index() -> dict[str, Any]:
        return report(get_current_context(), group="article", clips=CLIPS)

    page = index()
    page.operator.operator_extra_links = (IndexPageLink(),)
    article.expand_kwargs(select(check())) >> page


def clips_of(article: FeedItem, style: Style, params: Mapping[str, Any]) -> ArticleClips:
    """What an article's clips show: a place and a mood chosen by its words; its remix makes one change."""
    insert = news_prompt(article.title, article.summary, style, seconds=params["seconds"], language=article.language)
    return ArticleClips(insert, style.change(params["change"], article.language))


made = news_insert()
