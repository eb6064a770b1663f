"""Safety training: every step of a procedure as a scene, and captions for the film of each procedure (WebVTT)."""

from __future__ import annotations

from html import escape
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

TEMPLATE = "{shot} A workshop, even light. Static camera. Gloved hands only, nothing written in the picture."
CHAIN = ClipChain((Clip("step", prompt="prompt", make="make", archive="archive"),), once=True, private=True)
PARAMS = {
    **campaign_params(
        table=str(Path(__file__).with_suffix(".csv")),
        template=TEMPLATE,
        name="lockout",
        key_column="step",
        title_column="say",
    ),
    **place_params("Europe/Lisbon"),
    **usual_params(),
}


def steps(run, can_remix):
    return choose_campaign(run, campaign_rows(run), prompt_names=CHAIN.prompts, private=CHAIN.private)


def with_captions(run, choice, items):
    """The manifest, then for each procedure the captions of its clips played one after the other."""
    written = write_campaign(run, choice, items)
    length = {clip["sku"]: clip["seconds"] for clip in run.store.get(f"{run.paths.run}/manifest.json")["clips"]}
    cues, ends = {}, {}
    for row in campaign_rows(run).rows:
        step, procedure = row.cells["step"], row.cells["procedure"]
        if step in length:
            start = ends.get(procedure, 0.0)
            ends[procedure] = start + length[step]
            span = f"{clock(start)} --> {clock(ends[procedure])}"
            cues.setdefault(procedure, ["WEBVTT"]).append(f"{span}\n{escape(row.cells['say'], quote=False)}")
    for procedure, lines in cues.items():
        name, text = f"{run.paths.run}/captions/{procedure}.vtt", "\n\n".join(lines) + "\n"
        there = run.store.store.look(name)  # a run that is cleared writes them again
        run.store.store.replace(name, text.encode(), content_type="text/vtt; charset=utf-8", expected=there)
    return {**written, "captions": [run.paths.url(f"{run.paths.run}/captions/{name}.vtt") for name in cues]}


def clock(seconds):
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes // 60):02}:{int(minutes % 60):02}:{rest:06.3f}"


with DAG("safety_training", schedule=None, params=PARAMS, default_args=default_args(), max_active_runs=1) as dag:
    CHAIN.group("step").expand_kwargs(choose(steps, CHAIN, shapes=campaign_shapes)) >> report(further=with_captions)
