"""Clips as the gallery's pages show them: the same cards as in a bucket's pages, with addresses of this Airflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

from airflow_provider_sora.archive.stages import DRAFT, FINAL, STAGE
from airflow_provider_sora.gallery.clips import Clip
from airflow_provider_sora.gallery.shelf import Shelf
from airflow_provider_sora.gallery.trail import PENDING
from airflow_provider_sora.masking.scrub import scrub_text
from airflow_provider_sora.pages.cards import Card, card_of, for_people, value_in
from airflow_provider_sora.pages.gallery_page import Label, Tile
from airflow_provider_sora.pages.rendering import usd
from airflow_provider_sora.pages.safe_links import is_web_address
from airflow_provider_sora.review.decisions import Trail

#: The label that states what a catalogue or a feed says of rights; a clip's page shows it among its facts.
RIGHTS = "rights"
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
            stage if (stage := clip.labels.get(STAGE)) in (DRAFT, FINAL) else "",
        )
        for clip in found
    ]


def notice(review: str, say: Mapping[str, str]) -> str:
    """Who made a clip, and what people said of it."""
    return say["notice"] if review == PENDING else f"{say['made_by_machine']} – {say[f'review_{review}']}"


def facts_of(clip: Clip, family: Sequence[Clip], say: Mapping[str, str]) -> list[tuple[str, str]]:
    """All that is known of one clip, each fact with its name."""
    check = say["checked"] if clip.check == "checked" else say["unchecked"]
    c2pa = {True: say["yes"], False: say["no"]}.get(clip.c2pa, say["unknown"])  # type: ignore[arg-type]
    sound = {True: say["sound"], False: say["silent"]}.get(clip.has_audio, say["unknown"])  # type: ignore[arg-type]
    return [
        (say["model"], clip.model or say["unknown"]),
        (say["size"], f"{clip.width} × {clip.height}" if clip.width and clip.height else say["unknown"]),
        (say["length"], say["unknown"] if clip.seconds is None else f"{clip.seconds:g} s"),
        (say["audio"], sound),
        (say["file"], f"{clip.bytes / 1e6:,.1f} MB"),
        (say["estimate"], _money(clip.cost_estimate, say["no_estimate"])),
        (say["actual"], _money(clip.cost_actual, say["no_bill"])),
        (say["family_cost"], in_all([one.cost_estimate for one in family], say, "no_estimate")),
        (say["family_actual"], in_all([one.cost_actual for one in family], say, "no_bill")),
        (say["dag"], clip.dag_id),
        (say["run"], clip.run_id),
        (say["task"], clip.task_id + (f" [{clip.map_index}]" if clip.map_index >= 0 else "")),
        (say["day"], clip.archived_at),
        (say["check"], check),
        (say["c2pa_title"], c2pa),
        (say["rights_title"], clip.labels.get(RIGHTS) or say["rights_unstated"]),
        (say["sha256"], clip.sha256),
    ]


def labels_of(clip: Clip, root: str, say: Mapping[str, str]) -> list[Label]:
    """A clip's labels, each with the address of the gallery that shows all clips with the same."""
    lang = {} if say["lang"] == "en" else {"lang": say["lang"]}
    return [
        Label(
            say.get(name, name),
            value_in(name, value, say),
            f"{root}/gallery?{urlencode({'label': f'{name}:{value}', **lang})}",
        )
        for name, value in for_people(clip.labels).items()
        if name != RIGHTS and not is_web_address(value)
    ]


def in_all(costs: Iterable[float | None], say: Mapping[str, str], none: str) -> str:
    """A sum, and of how many nothing is known.

    :param none: the key of what is said where nothing is known of any: why.
    """
    amounts = list(costs)
    known = [one for one in amounts if one is not None]
    return sum_of(sum(known), len(amounts) - len(known), say) if known else say[none]


def sum_of(amount: float, unknown: int, say: Mapping[str, str], words: str = "{price}") -> str:
    """A sum as text.

    :param unknown: how many clips it leaves out.
    """
    return words.format(price=usd(amount)) + (f" ({say['unknown_price'].format(n=unknown)})" if unknown else "")


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


def _money(amount: float | None, none: str) -> str:
    return none if amount is None else usd(amount)


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
