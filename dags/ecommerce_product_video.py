"""Clips for the products of a catalogue: a base clip from the photo and two chained remixes, each archived.

A product is paid for only when its fingerprint (photo, texts, prompts, model, seconds, size, market) has no archived
clip, so a run on an unchanged catalogue submits nothing. Each product is one mapped task group.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pendulum
from airflow.sdk import CronTriggerTimetable, Param, dag

from airflow_provider_sora.inputs.catalogues import read_catalogue
from airflow_provider_sora.kit import Clip, ClipChain, choose, default_args, report
from airflow_provider_sora.kit.params import place_params, remix_params, usual_params
from airflow_provider_sora.prompts.prompt import product_prompt
from airflow_provider_sora.prompts.style import has_style, load_style
from airflow_provider_sora.runs.choosing.products import ProductClips, choose_products

CATALOGUE = Path(__file__).parent / "include" / "catalogue.csv"
STYLES = Path(__file__).parent / "include" / "styles" / "brands"
ZONE = os.environ.get("SORA_TIMEZONE", "Asia/Tokyo")

PARAMS = {
    "catalogue": Param(str(CATALOGUE), type="string", description="A shop's export, or any table: path or URL"),
    "columns": Param(None, type=["object", "null"], description='Which column is what: {"photo": "Bild 1"}'),
    "encoding": Param(None, type=["string", "null"], description="Of the catalogue, where it cannot be told"),
    "market": Param(None, type=["string", "null"], description="Of rows that name none"),
    **place_params(ZONE),
    "brand": Param("hinoki", type="string", description="The style for rows whose brand has none of its own"),
    **remix_params(fallback=True),
    "change": Param("evening", type="string", description="The first remix's change, named in the style"),
    "force": Param(False, type="boolean", description="Make unchanged products again"),
    "max_items": Param(25, type="integer", minimum=1, maximum=300),
    **usual_params(),
}

CLIPS = (
    Clip("base", prompt="prompt", make="base", archive="archive_base"),
    Clip("first remix", prompt="first_prompt", make="first_remix", archive="archive_first"),
    Clip("second remix", prompt="second_prompt", make="second_remix", archive="archive_second"),
)
CHAIN = ClipChain(CLIPS, photo=True, once=True, variant_fallback=True)


@dag(
    schedule=CronTriggerTimetable(os.environ.get("PRODUCT_VIDEO_SCHEDULE", "0 4 * * *"), timezone=ZONE),
    start_date=pendulum.datetime(2026, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args=default_args(),
    tags=["sora", "shop"],
    doc_md=__doc__,
)
def ecommerce_product_video():
    CHAIN.group("product").expand_kwargs(choose(products, CHAIN)) >> report()


def products(run, can_remix):
    """The products that this run makes clips of."""
    where = {name: run.params[name] for name in ("columns", "encoding", "market", "gcp_conn_id")}
    catalogue = read_catalogue(run.params["catalogue"], **where)
    clips = partial(clips_of, params=run.params)
    return choose_products(run, catalogue, clips, prompt_names=CHAIN.prompts, can_remix=can_remix)


def clips_of(row, params):
    """What a row's clips show, in its brand's style or else the DAG's: a scene, a change of light, its market."""
    style = load_style(row.brand if has_style(row.brand, STYLES) else params["brand"], STYLES)
    told = {"seconds": params["seconds"], "language": row.language}
    base = product_prompt(row.title, row.selling_points, row.category, style, **told)
    changes = (style.change(params["change"], row.language), style.for_market(row.market, row.language))
    return ProductClips(style, base, changes)


made = ecommerce_product_video()
