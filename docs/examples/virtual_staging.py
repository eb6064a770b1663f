"""Virtual staging: the photo of an empty room, furnished in several styles. The customer's picture is kept nowhere.

A try-on is the same file: `template` and `axes` of its kind, a photo of a person where the room is, for instance
"The person of the picture wears {piece}, turns slowly." with `"piece": {"coat": "a long wool coat"}`. Servers have
policies about real people: what one refuses is on the page as its refusal, and is not tried again.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airflow_provider_sora.kit import (
    Clip,
    ClipChain,
    campaign_params,
    choose,
    default_args,
    place_params,
    report,
    usual_params,
)
from airflow_provider_sora.runs.choosing.campaign import campaign_rows, campaign_shapes, choose_campaign
from airflow_provider_sora.runs.reporting.campaign import write_campaign

TEMPLATE = (
    "The {room} of the picture, furnished: {style}. Walls, windows and floor stay as in the picture. Slow pan right, "
    "no people."
)
AXES = {
    "style": {
        "calm": "pale wood, linen, one large plant",
        "bold": "dark green walls, brass, a velvet sofa",
    }
}
CHAIN = ClipChain((Clip("room", prompt="prompt", make="make", archive="archive"),), photo=True, once=True, private=True)
PARAMS = {
    **campaign_params(
        table=str(Path(__file__).with_suffix(".csv")),
        template=TEMPLATE,
        axes=AXES,
        name="staging",
        key_column="customer",
        photo_column="photo",
        private_columns=["customer", "photo"],
    ),
    **place_params("Europe/Lisbon"),
    **usual_params(),
}


def rooms(run, can_remix):
    return choose_campaign(run, campaign_rows(run), prompt_names=CHAIN.prompts, private=CHAIN.private)


with DAG("virtual_staging", schedule=None, params=PARAMS, default_args=default_args(), max_active_runs=1) as dag:
    CHAIN.group("room").expand_kwargs(choose(rooms, CHAIN, shapes=campaign_shapes)) >> report(further=write_campaign)
