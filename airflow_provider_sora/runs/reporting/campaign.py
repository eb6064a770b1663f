"""The end of a campaign's run: its manifest and its page, of what this run made and what earlier runs had made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_sora.campaigns.plan import Campaign, read_campaign
from airflow_provider_sora.pages.campaign import Member, write_campaign_pages
from airflow_provider_sora.runs.items import Choice
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.places import made_of
from airflow_provider_sora.runs.reporting.outcome import Outcome
from airflow_provider_sora.runs.review_states import states_with
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import Reason


def write_campaign(run: PlannedRun, choice: Choice, items: Sequence[Outcome]) -> dict[str, Any]:
    """Write ``manifest.json``, ``manifest.csv`` and ``campaign.html`` beside the run's index.

    For ``report(further=…)`` of a DAG that chose with
    :func:`~airflow_provider_sora.runs.choosing.campaign.choose_campaign`. Clips that earlier runs archived are listed
    like those of this one, so the manifest of the latest run has the whole campaign; and what people decided since,
    with the address of the approved copy.

    :returns: their addresses.
    :raises ArchiveError: the store failed; a retry writes them again.
    """
    campaign = read_campaign(run.params)
    axes = {variant.name: dict(variant.chosen) for variant in campaign.variants}
    members, missing = _sorted_out(run, choice, items, axes)
    places = {name: at for at, name in enumerate(axes)}
    members.sort(key=lambda one: (one.row or 0, places.get(one.variant, len(places))))
    facts = {
        "campaign": campaign.name,
        "title": f"{campaign.name} · {run.paths.minute}",
        "lang": run.page_language,
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "source": choice.source,
        "share": _share(campaign),
        "variants": [{"name": name, "axes": chosen} for name, chosen in axes.items()],
        "missing": missing,
    }
    folder = run.paths.url(run.paths.run)
    return write_campaign_pages(folder, lambda: (facts, members), options=run.options, states=states_with(run.options))


def _sorted_out(
    run: PlannedRun, choice: Choice, items: Sequence[Outcome], axes: Mapping[str, Mapping[str, str]]
) -> tuple[list[Member], list[dict[str, Any]]]:
    """The clips that there are, and what is missing."""
    members: list[Member] = []
    missing: list[dict[str, Any]] = []

    def sort(about: About, receipt: object, reason: Reason | None) -> None:
        sku, variant = _named(about, axes)
        if receipt:
            members.append(Member(sku, variant, str(receipt), about.row, axes.get(variant)))
        elif reason:
            told = {"sku": sku, "variant": variant, "row": about.row, "title": about.title or about.key}
            missing.append({**told, **reason.to_json()})

    for outcome in items:
        for clip in outcome.clips:
            sort(outcome.item.about, clip.made and clip.made.receipt_uri, clip.reason)
    earlier = made_of(filter(None, (_marker(entry) for entry in choice.skipped)), run.paths, run.options)
    for entry in choice.skipped:
        made = earlier.get(_marker(entry))
        sort(entry.about, made and made.receipt_uri, entry.reason)
    return members, missing


def _named(about: About, axes: Mapping[str, object]) -> tuple[str, str]:
    """Key of the row, and variant, ``""`` where a whole row was left out."""
    sku, _, variant = about.key.rpartition(" ")
    return (sku, variant) if sku and variant in axes else (about.key, "")


def _marker(entry: LeftOut) -> str:
    return str(entry.reason.values.get("marker") or "")


def _share(campaign: Campaign) -> str:
    """How many of the combinations are made."""
    whole = 1
    for axis in campaign.axes:
        whole *= len(axis.values)
    return f"{len(campaign.variants)}/{whole}"
