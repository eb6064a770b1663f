"""The page of a campaign: one band a row of the table, its variants side by side, and what is not there yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.pages.cards import Card, card_of
from airflow_provider_sora.pages.reason_rows import reasons_of
from airflow_provider_sora.pages.rendering import render
from airflow_provider_sora.words.page_words import reason_in, words


@dataclass(frozen=True, slots=True)
class Cell:
    """A variant of a row: its clip, or why there is none.

    :param axes: what it has on every axis, for its heading.
    """

    variant: str
    axes: tuple[tuple[str, str], ...]
    card: Card | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A row of the table; ``lang`` is the language of its title."""

    sku: str
    cells: tuple[Cell, ...]


def render_campaign(
    document: Mapping[str, Any], videos: Mapping[str, Mapping[str, Any]], pictures: Mapping[str, str]
) -> str:
    """The page.

    :param document: a manifest, see :func:`~airflow_provider_sora.pages.campaign.write_campaign_pages`.
    :param videos: entries of an index, by the video's address.
    :param pictures: data URLs of thumbnails, by video id.
    """
    say = words(str(document["lang"]))
    order = {variant["name"]: variant["axes"] for variant in document["variants"]}
    placed = [entry for entry in document["missing"] if entry.get("sku") and entry.get("variant") in order]
    others = [entry for entry in document["missing"] if entry not in placed]
    clips = document["clips"]
    costs = [clip["cost_usd"] for clip in clips]
    return render(
        "campaign.html",
        say=say,
        title=document["title"],
        bands=_bands([*clips, *placed], order, videos, pictures, say),
        facts={
            "clips": len(clips),
            "missing": len(document["missing"]),
            "usd": None if None in costs else sum(costs),
            "variants": len(order),
        },
        skipped=reasons_of(others, say["skipped"], "skip", say),
        foot=[f"{say['generated']} {document['generated_at']}", document["dag_id"], document["run_id"]],
    )


def _bands(
    entries: Sequence[Mapping[str, Any]],
    order: Mapping[str, Mapping[str, str]],
    videos: Mapping[str, Mapping[str, Any]],
    pictures: Mapping[str, str],
    say: Mapping[str, str],
) -> tuple[Band, ...]:
    rows: dict[str, dict[str, Mapping[str, Any]]] = {}
    for entry in sorted(entries, key=lambda one: one.get("row") or 0):
        rows.setdefault(str(entry["sku"]), {})[str(entry["variant"])] = entry
    names = list(order)
    return tuple(
        Band(
            sku,
            tuple(
                _cell(found[name], order.get(name, {}), videos, pictures, say)
                for name in sorted(found, key=lambda one: names.index(one) if one in names else len(names))
            ),
        )
        for sku, found in rows.items()
    )


def _cell(
    entry: Mapping[str, Any],
    axes: Mapping[str, str],
    videos: Mapping[str, Mapping[str, Any]],
    pictures: Mapping[str, str],
    say: Mapping[str, str],
) -> Cell:
    video = videos.get(str(entry.get("address")))
    shown = tuple(axes.items())
    if video is None:
        return Cell(str(entry["variant"]), shown, None, reason_in(entry, say) or say["no_reason"])
    return Cell(str(entry["variant"]), shown, card_of(video, pictures.get(video["video_id"]), False, say))
