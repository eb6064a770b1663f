"""A table of one's own in, clips out: of every row a clip and one change of it, each paid for once."""

from __future__ import annotations

import csv
from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_provider_sora.kit import Clip, ClipChain, choose, default_args, place_params, report, usual_params
from airflow_provider_sora.runs.choosing.wanted import Wanted, choose_wanted

# START own_dag
CLIPS = (
    Clip("day", prompt="day_prompt", make="day", archive="archive_day"),
    Clip("night", prompt="night_prompt", make="night", archive="archive_night"),
)
CHAIN = ClipChain(CLIPS)
PARAMS = {
    "table": Param(str(Path(__file__).with_name("own_table.csv")), type="string"),
    **place_params("Europe/Lisbon"),
    **usual_params(),
}


def rows(run, can_remix):
    with open(run.params["table"], encoding="utf-8", newline="") as table:
        wanted = [
            Wanted(row["place"], (row["shot"], f"Make it night: {row['light']}."), labels={"desk": "travel"})
            for row in csv.DictReader(table)
        ]
    return choose_wanted(run, wanted, prompt_names=CHAIN.prompts, can_remix=can_remix)


with DAG("own_dag", schedule=None, params=PARAMS, default_args=default_args(), max_active_runs=1) as dag:
    CHAIN.group("place").expand_kwargs(choose(rows, CHAIN)) >> report()
# END own_dag
