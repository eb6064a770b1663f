"""A/B ads: every product in a balanced half of light × opening line × shape, and the list for the ad platform.

The other half is made by raising `share`; nothing that is there is paid for again.
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
    "Close-up of {name} on a plain table, {light}. Slow dolly in. The picture answers the line: {line} "
    "Nothing is written in it."
)
AXES = {
    "light": {"day": "soft daylight from the left", "dusk": "low warm light at dusk"},
    "line": {"question": "Who still needs {use}?", "promise": "{use}, for years."},
    # What is asked of the server, not what stands in the prompt: each ad in two shapes.
    "size": ["1280x720", "720x1280"],
}
CHAIN = ClipChain((Clip("ad", prompt="prompt", make="make", archive="archive"),), once=True, private=True)
PARAMS = {
    **campaign_params(
        table=str(Path(__file__).with_suffix(".csv")),
        template=TEMPLATE,
        axes=AXES,
        share=0.5,
        name="spring",
        title_column="name",
    ),
    **place_params("Europe/Lisbon"),
    **usual_params(),
}


def ads(run, can_remix):
    return choose_campaign(run, campaign_rows(run), prompt_names=CHAIN.prompts, private=CHAIN.private)


with DAG("ab_ads", schedule=None, params=PARAMS, default_args=default_args(), max_active_runs=1) as dag:
    CHAIN.group("ad").expand_kwargs(choose(ads, CHAIN, shapes=campaign_shapes)) >> report(further=write_campaign)
