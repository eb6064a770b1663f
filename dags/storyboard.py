"""A film from a storyboard: a clip for every scene, then the cut. Nothing is published.

A scene is paid for only when its words, look, characters, model or beginning have no archived clip: one that changed is
made again, with what continues from it, and the cut; nothing else. A scene that fails leaves a hole, which is named.
"""

from __future__ import annotations

import os
from pathlib import Path

import pendulum
from airflow.sdk import Param, dag

from airflow_provider_sora.kit import choose, default_args, report
from airflow_provider_sora.kit.params import place_params, usual_params
from airflow_provider_sora.kit.storyboard import CUT, cut, scene_chain, waves
from airflow_provider_sora.runs.choosing.films import choose_film
from airflow_provider_sora.storyboards.reading import read_storyboard

FILM = Path(__file__).parent / "include" / "storyboards" / "last_lantern.yaml"
ZONE = os.environ.get("SORA_TIMEZONE", "Asia/Tokyo")
#: How many scenes may continue each other, one after the other.
WAVES = int(os.environ.get("STORYBOARD_WAVES", "4"))

PARAMS = {
    "storyboard": Param(str(FILM), type="string", description="The film's file: path or URL"),
    **place_params(ZONE),
    **usual_params(),
    "placeholders": Param(False, type="boolean", description="Cut a film with cards for the scenes that are missing"),
    "max_failed_share": Param(0, type="number", minimum=0, maximum=1, description="A film with a hole is none"),
}
CHAIN = scene_chain()


@dag(
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args=default_args(),
    tags=["sora", "film"],
    doc_md=__doc__,
)
def storyboard():
    made = waves(choose(scenes, CHAIN, picture=False), CHAIN, WAVES)
    cut(made) >> report(also=CUT)


def scenes(run, can_remix):
    """The scenes that this run makes."""
    film = read_storyboard(run.params["storyboard"], gcp_conn_id=run.params["gcp_conn_id"])
    return choose_film(run, film, waves=WAVES)


made = storyboard()
