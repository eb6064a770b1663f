"""Clips as the gallery's pages show them: the same cards as in a bucket's pages, with addresses of this Airflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from airflow_provider_sora.gallery.clips import Clip
from airflow_provider_sora.gallery.shelf import Shelf
from airflow_provider_sora.gallery.trail import PENDING
from airflow_provider_sora.masking.scrub import scrub_text
from airflow_provider_sora.pages.cards import Card, card_of
from airflow_provider_sora.pages.gallery_page import Tile
from airflow_provider_sora.pages.rendering import usd
from airflow_provider_sora.review.decisions import Trail

#: Of a person's words in a table's cell.
_LONGEST = 2000


def file_links(clip: Clip, root: str) -> dict[str, str]:
    """Where a browser gets a clip's files, by asset.

    :param root: path of the plugin, as this request reached it.
    """
    return {
        asset: f"{root}/files/{clip.archive}/{quote(f'{clip.folder}/{name}')}" for asset, name in clip.files.items()
    }


def page_link(clip: Clip, root: str) -> str:
    """The address of a clip's own page."""
    return f"{root}/clip/{clip.archive}/{quote(clip.folder)}"


def tiles_of(clips: Iterable[Clip], shelf: Shelf, root: str, say: Mapping[str, str]) -> list[Tile]:
    """Clips among others."""
    found = list(clips)
    here = {clip.video_id for clip in found}
    current = shelf.current(clip.subject for clip in found if clip.subject)
    lang = "" if say["lang"] == "en" else f"?lang={say['lang']}"
    return [
        Tile(
            _card(clip, root, any(parent in here for parent in clip.parents[:1]), say),
            page_link(clip, root) + lang,
            "" if clip.subject is None else "current" if current.get(clip.subject) == clip.origin else "superseded",
            notice(clip.review, say),
            clip.review,
            (clip.dag_id, clip.archived_at[:10]),
        )
        for clip in found
    ]


def notice(review: str, say: Mapping[str, str]) -> str:
    """Who made a clip, and what people said of it."""
    return say["notice"] if review == PENDING else f"{say['made_by_machine']} – {say[f'review_{review}']}"


def facts_of(clip: Clip, family: Sequence[Clip], say: Mapping[str, str]) -> list[tuple[str, str]]:
    """All that is known of one clip, each fact with its name."""
    known = [one.cost_estimate for one in family if one.cost_estimate is not None]
    missing = len(family) - len(known)
    total = usd(sum(known)) if known else say["unknown"]
    check = say["checked"] if clip.check == "checked" else say["unchecked"]
    c2pa = {True: say["yes"], False: say["no"]}.get(clip.c2pa, say["unknown"])  # type: ignore[arg-type]
    sound = {True: say["sound"], False: say["silent"]}.get(clip.has_audio, say["unknown"])  # type: ignore[arg-type]
    return [
        (say["model"], clip.model or say["unknown"]),
        (say["size"], f"{clip.width} × {clip.height}" if clip.width and clip.height else say["unknown"]),
        (say["length"], say["unknown"] if clip.seconds is None else f"{clip.seconds:g} s"),
        (say["audio"], sound),
        (say["file"], f"{clip.bytes / 1e6:,.1f} MB"),
        (say["estimate"], _money(clip.cost_estimate, say)),
        (say["actual"], _money(clip.cost_actual, say)),
        (say["family_cost"], total + (f" ({say['unknown_price'].format(n=missing)})" if known and missing else "")),
        (say["dag"], clip.dag_id),
        (say["run"], clip.run_id),
        (say["task"], clip.task_id + (f" [{clip.map_index}]" if clip.map_index >= 0 else "")),
        (say["day"], clip.archived_at),
        (say["check"], check),
        (say["c2pa_title"], c2pa),
        (say["sha256"], clip.sha256),
    ]


def trail_of(trail: Trail, say: Mapping[str, str]) -> list[tuple[str, str]]:
    """The decisions about a clip, each under the word *review*."""
    if trail.last is None:
        return [(say["review"], say[f"review_{PENDING}"])]
    told = [
        (say[f"review_{one.state}"], one.by["name"] if one.by else say["nobody"], one.at, one.why)
        for one in trail.decisions
    ]
    rows = [(say["review"], scrub_text(" · ".join(part for part in parts if part))[:_LONGEST]) for parts in told]
    return rows + ([(say["review"], say["review_approved_in_part"])] if trail.lacks else [])


def _money(amount: float | None, say: Mapping[str, str]) -> str:
    return say["unknown"] if amount is None else usd(amount)


def _card(clip: Clip, root: str, parent_here: bool, say: Mapping[str, str]) -> Card:
    """By the entry that ``index.json`` would have for it."""
    size = f"{clip.width}x{clip.height}" if clip.width and clip.height else None
    entry = {
        "video_id": clip.video_id, "labels": clip.labels, "links": file_links(clip, root), "call": clip.call,
        "kind": clip.kind, "parent_id": clip.parents[0] if clip.parents else None,
        "cost_actual_usd": clip.cost_actual, "cost_estimate_usd": clip.cost_estimate, "width": clip.width,
        "height": clip.height, "size": size, "seconds": clip.seconds, "has_audio": clip.has_audio,
        "model": clip.model, "prompt": clip.prompt, "prompt_hidden": clip.prompt_hidden,
        "c2pa_manifest": clip.c2pa, "check": {"result": clip.check},
        "review": PENDING,  # a tile says it by itself, and so does a clip's page
    }  # fmt: skip
    return card_of(entry, None, parent_here, say)
