"""A campaign as it was asked for, and the clip that every row and variant of it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.arguments import as_ids, as_text, wrong
from airflow_provider_sora.campaigns.axes import ASKED, Axis, Variant, read_axes, variants
from airflow_provider_sora.campaigns.template import Template, read_template
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.inputs.catalogues.layouts import normal
from airflow_provider_sora.inputs.catalogues.named_rows import NamedRow, NamedRows, check_column
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import because
from airflow_provider_sora.words.text import language_of, language_tag

#: Labels of a campaign's clips: its name, and the variant's.
CAMPAIGN, VARIANT = "campaign", "campaign_variant"
#: Of one that private columns shape: the keyed hash of whom it is about.
SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a campaign makes of every row.

    :param name: of the campaign, as labels and pages have it.
    :param variants: the combinations that are made, in order.
    :param key: the column by which people call a row; no two rows share a value.
    :param title: the column that pages show, or None.
    :param photo: the column of the picture from which its clips start, or None.
    :param private: columns that may shape the prompt and stand nowhere else.
    """

    name: str
    template: Template
    axes: tuple[Axis, ...]
    variants: tuple[Variant, ...]
    key: str
    title: str | None = None
    photo: str | None = None
    private: tuple[str, ...] = ()

    def shapes(
        self, model: str | None, seconds: int | None, size: str | None
    ) -> list[tuple[str | None, int | None, str | None]]:
        """Every model, length and size that is asked for, each once; the arguments are those of the run."""
        return list(dict.fromkeys((v.model or model, v.seconds or seconds, v.size or size) for v in self.variants))


@dataclass(frozen=True, slots=True)
class Ad:
    """One clip: a row in one variant.

    :param sku: what people call the row: its key, or a pseudonym where that is private.
    :param prompt: as it is sent; with private columns, still with their places.
    :param shown: the prompt for people: the places of private columns stand as ``[name]``.
    :param photo: path or address as the table has it, ``""`` for none.
    :param subject: with private columns, the keyed hash of the row's key; else ``""``.
    :param cells: the private cells that shape it, for a digest of them and nothing else.
    """

    row: int
    sku: str
    variant: Variant
    prompt: str
    shown: str
    photo: str = field(repr=False)
    title: str
    language: str
    subject: str = ""
    cells: tuple[str, ...] = field(default=(), repr=False)

    @property
    def about(self) -> About:
        """What pages say of it; its key is its own."""
        title = " · ".join(part for part in (self.title or self.sku, self.variant.name) if part)
        return About(f"{self.sku} {self.variant.name}", title, None, self.language, self.row)


def read_campaign(params: Mapping[str, Any]) -> Campaign:
    """A campaign from a DAG's params: ``campaign``, ``template``, ``axes``, ``share``, ``key_column``,
    ``title_column``, ``photo_column``, ``private_columns``; all but the first two and the key may be missing.

    :raises ConfigurationError: one of them is wrong, or an axis changes nothing; nothing was paid.
    """
    name, key = as_text("campaign", params.get("campaign")), as_text("key_column", params.get("key_column", "sku"))
    if name is None or key is None:
        raise wrong("campaign" if name is None else "key_column", None, "text")
    template, axes = read_template("template", params.get("template")), read_axes(params.get("axes"))
    idle = [axis.name for axis in axes if axis.name not in (*ASKED, *template.places)]
    if idle:
        raise ConfigurationError(
            f"The template has no place for the axis {', '.join(idle)}, so its variants would show the same and each "
            "would be paid for.",
            step=f"write {{{idle[0]}}} into the template, or take the axis away.",
        )
    title, photo = (as_text(column, params.get(column)) for column in ("title_column", "photo_column"))
    private = tuple(map(normal, as_ids("private_columns", params.get("private_columns"))))
    if title is not None and normal(title) in private:
        raise ConfigurationError(
            f"title_column is {title!r}, which is a private column, but titles stand on pages.",
            step="give another column, or none.",
        )
    return Campaign(
        name,
        template,
        axes,
        variants(axes, params.get("share", 1.0)),
        normal(key),
        None if title is None else normal(title),
        None if photo is None else normal(photo),
        private,
    )


def ads_of(
    campaign: Campaign, table: NamedRows, pseudonym: Callable[[str], str] | None = None
) -> tuple[list[Ad], list[LeftOut]]:
    """The clips of a table, row by row, and the rows that make none.

    A row is left out whole where a place would stay blank in one of its variants: its clips are looked at side by side.

    :param pseudonym: of a row's key, for a campaign with private columns.
    :raises InvalidRequestError: the table lacks a column that is named; nothing was paid.
    :raises ConfigurationError: an axis is called like a column; nothing was paid.
    """
    _check_names(campaign, table)
    ads: list[Ad] = []
    skipped = list(table.skipped)
    first: dict[str, int] = {}
    for row in table.rows:
        key, blank = row.cells.get(campaign.key, ""), _blank(campaign, row)
        subject = pseudonym(key) if pseudonym and key else ""
        sku = f"p-{subject[:12]}" if campaign.key in campaign.private and key else key
        about = About(sku or f"row {row.number}", row=row.number)
        if not key:
            skipped.append(LeftOut(about, because("empty", columns=campaign.key)))
        elif sku.startswith("="):
            skipped.append(LeftOut(about, because("formula", column=campaign.key, cell=sku[:30])))
        elif first.setdefault(key, row.number) != row.number:
            skipped.append(LeftOut(about, because("repeated_key")))
        elif blank:
            # Behind the look for its key: where a private row is read again, the first of a key is meant.
            skipped.append(LeftOut(about, because("empty", columns=", ".join(blank))))
        else:
            ads += [_ad(campaign, row, sku, subject, variant) for variant in campaign.variants]
    return ads, sorted(skipped, key=lambda entry: entry.about.row or 0)


def _check_names(campaign: Campaign, table: NamedRows) -> None:
    named = {axis.name for axis in campaign.axes}
    both = sorted(named & set(table.columns) - set(ASKED))
    if both:
        raise ConfigurationError(
            f"{', '.join(both)} is the name of an axis and of a column of the table, so its place has two meanings.",
            step="rename the axis.",
        )
    for what, column in (
        ("key_column", campaign.key),
        ("title_column", campaign.title),
        ("photo_column", campaign.photo),
    ):
        check_column(table, f"the param {what}", column)
    for column in campaign.private:
        check_column(table, "the param private_columns", column)
    for place in campaign.template.places:
        if place not in named:
            check_column(table, "the template", place)
    for axis in campaign.axes:
        for words in axis.values.values():
            for place in words.places:
                check_column(table, f"the axis {axis.name}", place)


def _blank(campaign: Campaign, row: NamedRow) -> list[str]:
    """Columns that some variant of the row needs and that are blank."""
    texts = [words for variant in campaign.variants for words in variant.words.values()]
    axes = {axis.name for axis in campaign.axes}
    lacking = [place for place in campaign.template.lacks(row.cells) if place not in axes]
    return list(dict.fromkeys((*lacking, *(place for words in texts for place in words.lacks(row.cells)))))


def _ad(campaign: Campaign, row: NamedRow, sku: str, subject: str, variant: Variant) -> Ad:
    public = {name: cell for name, cell in row.cells.items() if name not in campaign.private}
    asked = {name: str(value) for name in ASKED if (value := getattr(variant, name)) is not None}
    words = {name: text.filled_but(public, campaign.private) for name, text in variant.words.items()}
    whole = campaign.template.with_parts(words).filled_but({**public, **asked}, campaign.private)
    return Ad(
        row.number,
        sku,
        variant,
        str(whole) if campaign.private else whole.fill({}),
        whole.shown,
        row.cells.get(campaign.photo, "") if campaign.photo else "",
        row.cells.get(campaign.title, "") if campaign.title else "",
        language_tag(public.get("language")) or language_of(whole.shown),
        subject,
        tuple(row.cells[place] for place in whole.places),
    )


def cheapest_first(ads: Iterable[tuple[Ad, float | None]]) -> list[tuple[Ad, float | None]]:
    """In the order in which they are paid for: by price, and row by row among those that cost the same, so that what a
    short budget makes can be compared. A price that is not known comes last."""
    return sorted(ads, key=lambda one: (one[1] is None, one[1] or 0.0))
