"""Ads from one template: every row of a table in every variant, within one budget, with a manifest at the end.

A clip is paid for only when its fingerprint (prompt, photo, model, seconds, size) has no archived clip, so a run on an
unchanged table submits nothing and writes the manifest anew, with what people have approved since.
"""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import dag

from airflow_provider_sora.kit import Clip, ClipChain, choose, default_args, report
from airflow_provider_sora.kit.params import campaign_params, place_params, usual_params
from airflow_provider_sora.runs.choosing.campaign import campaign_rows, campaign_shapes, choose_campaign
from airflow_provider_sora.runs.reporting.campaign import write_campaign

TABLE = Path(__file__).parent / "include" / "campaign.csv"
ZONE = os.environ.get("SORA_TIMEZONE", "Asia/Tokyo")

TEMPLATE = (
    "Close-up of the {name} of the picture on a wooden table, {light}. Slow dolly in. Its surface and every edge stay "
    "as in the picture. The mood answers the line: {hook}"
)
AXES = {
    "light": {"morning": "soft morning light from a window", "evening": "warm lamplight at dusk"},
    "hook": {"question": "what {benefit}?", "number": "{number}."},
}
PARAMS = {
    **campaign_params(table=str(TABLE), template=TEMPLATE, axes=AXES, title_column="name", photo_column="photo"),
    **place_params(ZONE),
    **usual_params(),
}
CHAIN = ClipChain((Clip("ad", prompt="prompt", make="make", archive="archive"),), photo=True, once=True, private=True)


@dag(schedule=None, max_active_runs=1, params=PARAMS, default_args=default_args(), tags=["sora", "ads"], doc_md=__doc__)
def campaign():
    CHAIN.group("ad").expand_kwargs(choose(ads, CHAIN, shapes=campaign_shapes)) >> report(further=write_campaign)


def ads(run, can_remix):
    """The ads that this run makes: rows and variants whose clip is not there yet, the cheapest first."""
    return choose_campaign(run, campaign_rows(run), prompt_names=CHAIN.prompts, private=CHAIN.private)


made = campaign()
