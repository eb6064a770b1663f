"""A greeting for every guest: name and note shape the clip, and stand nowhere but in the request.

Needs the Airflow Variable `sora_private_data_secret`. Whoever asks to be forgotten: `airflow sora forget --key -`.
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
    "A folded paper card stands on a table in a {place}, morning light. On it is written: Welcome, {name}! "
    "Beside it lies what {name} loves: {note}. Static camera, no people."
)
CHAIN = ClipChain((Clip("card", prompt="prompt", make="make", archive="archive"),), once=True, private=True)
PARAMS = {
    **campaign_params(
        table=str(Path(__file__).with_suffix(".csv")),
        template=TEMPLATE,
        name="welcome",
        key_column="guest",
        private_columns=["guest", "name", "note"],
    ),
    **place_params("Europe/Lisbon"),
    **usual_params(),
}


def cards(run, can_remix):
    return choose_campaign(run, campaign_rows(run), prompt_names=CHAIN.prompts, private=CHAIN.private)


with DAG("greeting", schedule=None, params=PARAMS, default_args=default_args(), max_active_runs=1) as dag:
    CHAIN.group("card").expand_kwargs(choose(cards, CHAIN, shapes=campaign_shapes)) >> report(further=write_campaign)
