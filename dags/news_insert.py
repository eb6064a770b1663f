"""A clip and a remix of it for every new article of a news feed, archived with receipts. Nothing is published.

Each article is one mapped task group, so an article that fails costs no other its clip. What a run chose stands in
``inputs.json`` before anything is paid; a retry, a clear or a backfill reads it back instead of choosing again.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pendulum
from airflow.sdk import CronTriggerTimetable, Param, dag

from airflow_provider_sora.kit import Clip, ClipChain, choose, default_args, report
from airflow_provider_sora.kit.params import place_params, remix_params, usual_params
from airflow_provider_sora.prompts.prompt import news_prompt
from airflow_provider_sora.prompts.style import load_style
from airflow_provider_sora.runs.choosing.news import ArticleClips, choose_news

STYLES = Path(__file__).parent / "include" / "styles" / "desks"
FEED = Path(__file__).parent / "include" / "feeds" / "morning.xml"
ZONE = os.environ.get("SORA_TIMEZONE", "Asia/Tokyo")

PARAMS = {
    "feed": Param(str(FEED), type=["string", "array"], description="Path, URL or several"),
    "item": Param({}, type=["object", "null"], description='One article instead: {"title": "…", "link": "…"}'),
    **place_params(ZONE),
    "desk": Param("newsroom", type="string", description="A style in include/styles/desks"),
    **remix_params(),
    "change": Param("colder", type="string", description="The remix's change, named in the style"),
    "second_size": Param(None, type=["string", "null"], description="A second clip per article in this size"),
    "max_items": Param(3, type="integer", minimum=1, maximum=200),
    "max_age_hours": Param(0, type="number", minimum=0, description="0 takes articles of any age"),
    "rerender_corrected": Param(False, type="boolean", description="Make an article again whose text changed"),
    "tone_override": Param(
        [],
        type=["array", "null"],
        items={"type": "string"},
        description="Guids or links of stories to make although they tell of death, violence, minors …",
    ),
    **usual_params(),
}

CLIPS = (
    Clip("insert", prompt="prompt", make="create", archive="archive"),
    Clip("remix", prompt="remix_prompt", make="remix", archive="archive_remix"),
)
CHAIN = ClipChain(CLIPS)


@dag(
    schedule=CronTriggerTimetable(os.environ.get("NEWS_INSERT_SCHEDULE", "*/15 * * * *"), timezone=ZONE),
    start_date=pendulum.datetime(2026, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args=default_args(),
    tags=["sora", "news"],
    doc_md=__doc__,
)
def news_insert():
    CHAIN.group("article").expand_kwargs(choose(articles, CHAIN)) >> report()


def articles(run, can_remix):
    """The articles that this run makes clips of."""
    style = load_style(run.params["desk"], STYLES)
    return choose_news(run, style, partial(clips_of, style=style, params=run.params), can_remix=can_remix)


def clips_of(article, style, params):
    """What an article's clips show: a place and a mood chosen by its words; its remix makes one change."""
    insert = news_prompt(article.title, article.summary, style, seconds=params["seconds"], language=article.language)
    return ArticleClips(insert, style.change(params["change"], article.language))


made = news_insert()
