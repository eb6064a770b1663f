"""Clips for the products of a catalogue: a base clip from the photo and two chained remixes, each archived.

A product is paid for only when its fingerprint (photo, texts, prompts, model, seconds, size, market) has no archived
clip, so a run on an unchanged catalogue submits nothing. Each product is one mapped task group.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task, task_group

from airflow_provider_sora.inputs.catalogues import Product, read_catalogue
from airflow_provider_sora.links.video import IndexPageLink
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator
from airflow_provider_sora.planning.gates import is_on, leave_reason, skip_without_prompt
from airflow_provider_sora.planning.inputs import PlannedRun
from airflow_provider_sora.planning.outcome import Clip
from airflow_provider_sora.planning.preflight import preflight
from airflow_provider_sora.planning.products import ProductClips, choose_products, remember_clip, skip_made
from airflow_provider_sora.planning.prompt import product_prompt
from airflow_provider_sora.planning.report import report, tell_of_failure
from airflow_provider_sora.planning.style import has_style, load_style
from airflow_provider_sora.retry import default_policy

INCLUDE = Path(__file__).parent / "include"
STYLES = INCLUDE / "styles" / "brands"
ZONE = os.environ.get("SORA_TIMEZONE", "Asia/Tokyo")
CLIPS = (
    Clip("base", "prompt", "base", "archive_base"),
    Clip("first remix", "first_prompt", "first_remix", "archive_first"),
    Clip("second remix", "second_prompt", "second_remix", "archive_second"),
)

PARAMS = {
    "catalogue": Param(
        str(INCLUDE / "catalogue.csv"), type="string", description="A shop's export, or any table: path or URL"
    ),
    "columns": Param(None, type=["object", "null"], description='Which column is what: {"photo": "Bild 1"}'),
    "encoding": Param(None, type=["string", "null"], description="Of the catalogue, where it cannot be told"),
    "market": Param(None, type=["string", "null"], description="Of rows that name none"),
    "destination": Param(None, type=["string", "null"], description="Prefix URL; else the Variable sora_archive"),
    "timezone": Param(ZONE, type="string", description="Dates and times in paths"),
    "brand": Param("hinoki", type="string", description="The style for rows whose brand has none of its own"),
    "remix": Param("on", enum=["on", "off", True, False], type=["string", "boolean"]),
    "variant_fallback": Param("none", enum=["none", "create"], description="Variants on a server without remix"),
    "change": Param("evening", type="string", description="The first remix's change, named in the style"),
    "force": Param(False, type="boolean", description="Make unchanged products again"),
    "max_items": Param(25, type="integer", minimum=1, maximum=300),
    "model": Param(None, type=["string", "null"]),
    "seconds": Param(4, type="integer", minimum=1),
    "size": Param("1280x720", type="string"),
    "max_cost_usd": Param(None, type=["number", "null"], minimum=0, description="This run; the rest waits"),
    "daily_budget_usd": Param(None, type=["number", "null"], minimum=0, description="All runs of the day"),
    "max_jobs_per_clip": Param(6, type="integer", minimum=1, description="Paid jobs, failed ones too; then no more"),
    "max_failed_share": Param(0.5, type="number", minimum=0, maximum=1),
    "dry_run": Param(False, type="boolean", description="Write the index with prompts, pictures, cost; submit nothing"),
    "notify_conn_id": Param(None, type=["string", "null"], description="HTTP connection told of failures"),
    "page_language": Param("en", enum=["en", "ja"], description="Words of the index pages"),
    "sora_conn_id": Param("sora_default", type="string"),
    "gcp_conn_id": Param(None, type=["string", "null"]),
    "poll_interval": Param(15, type="number", minimum=0.1),
}  # fmt: skip


@dag(
    schedule=CronTriggerTimetable(os.environ.get("PRODUCT_VIDEO_SCHEDULE", "0 4 * * *"), timezone=ZONE),
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
    tags=["sora", "shop"],
    doc_md=__doc__,
)
def ecommerce_product_video() -> None:
    @task
    def check() -> dict[str, Any]:
        run = PlannedRun.of(get_current_context())
        fallback = run.params["variant_fallback"] == "create"
        return preflight(run, remix=is_on(run.params["remix"]), picture=True, fallback=fallback)

    # What it returns holds every prompt and, in the shop, signed photo addresses: not for the log.
    @task(show_return_value_in_logs=False)
    def select(server: dict[str, Any]) -> list[dict[str, Any]]:
        run = PlannedRun.of(get_current_context())
        params = run.params
        kept = run.kept() or choose_products(
            run, read_catalogue(
                params["catalogue"], columns=params["columns"], encoding=params["encoding"], market=params["market"],
                gcp_conn_id=params["gcp_conn_id"],
            ),
            lambda row: clips_of(row, params),
            prompt_names=tuple(clip.prompt for clip in CLIPS), can_remix=server["remix"],
            fallback=is_on(params["remix"]) and params["variant_fallback"] == "create", force=params["force"],
        )  # fmt: skip
        # What an earlier release chose has no count of its own.
        most = {"max_jobs": params["max_jobs_per_clip"]}
        return [] if run.dry_run else [{**most, **item["clip"]} for item in kept["items"]]

    @task_group
    def product(  # type: ignore[no-untyped-def]
        prompt, first_prompt, second_prompt, photo, pad_color, model, seconds, size, labels, destination, max_jobs
    ) -> None:
        paying: dict[str, Any] = {
            "deferrable": True, "labels": labels, "poll_interval": "{{ params.poll_interval }}"
        }  # fmt: skip
        varying: dict[str, Any] = {
            "pre_execute": skip_without_prompt, "input_reference": photo, "reference_fit": "contain",
            "pad_color": pad_color, "max_jobs": "{{ params.max_jobs_per_clip }}", **paying,
            # A server may say only when it is asked for a remix that it has none.
            "variant_fallback": "{{ 'recreate' if params.variant_fallback == 'create' else 'fail' }}",
        }  # fmt: skip
        storing = {"destination": destination, "gcp_conn_id": "{{ params.gcp_conn_id or '' }}"}
        base = CreateVideoOperator(
            task_id="base", prompt=prompt, model=model, seconds=seconds, size=size, input_reference=photo,
            reference_fit="contain", pad_color=pad_color, sora_conn_id="{{ params.sora_conn_id }}",
            max_jobs=max_jobs, pre_execute=skip_made, **paying,
        )  # fmt: skip
        ArchiveVideoOperator(task_id="archive_base", video=base.output, post_execute=remember_clip, **storing)
        first = RemixOperator(task_id="first_remix", video=base.output, prompt=first_prompt, **varying)
        ArchiveVideoOperator(task_id="archive_first", video=first.output, **storing)
        second = RemixOperator(task_id="second_remix", video=first.output, prompt=second_prompt, **varying)
        ArchiveVideoOperator(task_id="archive_second", video=second.output, **storing)

    @task(trigger_rule="all_done", retries=1, on_failure_callback=tell_of_failure)
    def index() -> dict[str, Any]:
        return report(get_current_context(), group="product", clips=CLIPS)

    page = index()
    page.operator.operator_extra_links = (IndexPageLink(),)
    product.expand_kwargs(select(check())) >> page


def clips_of(row: Product, params: Mapping[str, Any]) -> ProductClips:
    """What a row's clips show: its category's scene, then a change of light or backdrop, then its market."""
    # A brand has its own style where there is one, and the DAG's otherwise.
    style = load_style(row.brand if has_style(row.brand, STYLES) else params["brand"], STYLES)
    base = product_prompt(
        row.title, row.selling_points, row.category, style, seconds=params["seconds"], language=row.language
    )
    changes = (style.change(params["change"], row.language), style.for_market(row.market, row.language))
    return ProductClips(style, base, changes)


made = ecommerce_product_video()
