"""The gallery's two pages: many clips to look through, and one clip with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_sora.pages.cards import Card
from airflow_provider_sora.pages.decide_box import Box
from airflow_provider_sora.pages.rendering import render, source_hash
from airflow_provider_sora.review.decisions import STATES

#: The page runs the one script that we wrote, and may be framed by Airflow only. Attributes `style` carry a player's
#: ratio, which is computed from two numbers.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; img-src 'self'; "
    "media-src {media}; connect-src 'self'; style-src {pages} {gallery}; style-src-attr 'unsafe-inline'; "
    "script-src {script}"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A clip as the gallery shows it.

    :param page: address of its own page.
    :param standing: ``current``, ``superseded``, or blank where nothing says what it shows.
    :param notice: who made it and what people said of it, in the page's words; ``review``: the word for that.
    :param where: DAG and day.
    :param stage: ``draft`` or ``final``; blank where it is neither.
    """

    card: Card
    page: str
    standing: str
    notice: str
    review: str
    where: tuple[str, ...]
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a clip, and the address of all clips that have the same."""

    name: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: its name in the address, what the page calls it, its values and the chosen one."""

    name: str
    title: str
    values: tuple[tuple[str, str], ...]
    chosen: str


def policy(media: Sequence[str] = ()) -> str:
    """What the header ``Content-Security-Policy`` says.

    :param media: origins from which videos come beside the pages' own.
    """
    named = {"pages": "pages.css", "gallery": "gallery.css", "script": "gallery.js"}
    hashes = {name: f"'{source_hash(file)}'" for name, file in named.items()}
    return POLICY.format(media=" ".join(("'self'", *media)), **hashes)


def render_gallery(
    say: Mapping[str, str],
    *,
    title: str,
    home: str,
    text: str,
    hidden: Sequence[tuple[str, str]],
    choices: Sequence[Choice],
    tiles: Sequence[Tile],
    total: int,
    in_all: str,
    first: str,
    following: str,
    notes: Sequence[str],
) -> str:
    """The page of many clips.

    :param home: the gallery's address without any filter; ``first`` and ``following``: of the first and the next page
        of what is shown, blank where there is none.
    :param in_all: what all that was found cost together.
    :param hidden: what is asked for beyond the filters that the form shows, and stays.
    """
    return render(
        "gallery.html", say=say, title=title, home=home, text=text, hidden=hidden, choices=choices, tiles=tiles,
        total=total, in_all=in_all, first=first, following=following, notes=notes,
    )  # fmt: skip


def render_clip(
    say: Mapping[str, str],
    *,
    tile: Tile,
    home: str,
    download: str,
    compare: str,
    labels: Sequence[Label],
    facts: Sequence[tuple[str, str]],
    trail: Sequence[tuple[str, str]],
    family: Sequence[Tile],
    others: Sequence[Tile],
    notes: Sequence[str],
    decide: Box | None,
) -> str:
    """The page of one clip.

    :param compare: address of this page with the clip's files compared with its receipt.
    :param labels: those that people look for.
    :param facts: each with its name; ``trail``: decisions, each with who and when.
    :param decide: the buttons; None for who may only look.
    :param family: what it was made from and what was made from that; ``others``: of the same product or story.
    """
    return render(
        "clip.html", say=say, title=tile.card.title or tile.card.video_id, tile=tile, home=home, download=download,
        compare=compare, labels=labels, facts=facts, trail=trail, family=family, others=others, notes=notes,
        decide=decide, states=STATES,
    )  # fmt: skip
