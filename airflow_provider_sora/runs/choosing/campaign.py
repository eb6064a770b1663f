"""Which clips of a campaign a run makes: those whose fingerprint has no archived clip, the cheapest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from airflow_provider_sora.arguments import as_text
from airflow_provider_sora.campaigns.plan import (
    CAMPAIGN,
    SUBJECT,
    VARIANT,
    Ad,
    Campaign,
    ads_of,
    cheapest_first,
    read_campaign,
)
from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.inputs.catalogues.named_rows import NamedRows, read_rows
from airflow_provider_sora.inputs.pictures.photo_address import photo_address
from airflow_provider_sora.prompts.lint import lint_prompt
from airflow_provider_sora.runs.budget import caps_left, limits_of, within
from airflow_provider_sora.runs.choosing.photos import PhotoDesk, picture_name
from airflow_provider_sora.runs.drafts import PriceList, note_items, planned_item
from airflow_provider_sora.runs.items import Choice, PlannedItem, Together
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.preflight import Shape
from airflow_provider_sora.runs.private.forgotten import Forgotten
from airflow_provider_sora.runs.private.privacy import Privacy
from airflow_provider_sora.runs.remembered.made import Markers, product_fingerprint
from airflow_provider_sora.runs.remembered.tally import Tally
from airflow_provider_sora.words.left_out import LeftOut
from airflow_provider_sora.words.reasons import Reason, because, of_photo


@dataclass(frozen=True, slots=True)
class _Due:
    """A clip that is to be made.

    :param photo: its address or path, ``""`` for none.
    """

    ad: Ad
    mark: str
    final: str | None
    prices: PriceList
    size: str | None
    photo: str


def campaign_shapes(run: PlannedRun) -> list[Shape]:
    """What the run's campaign asks the server for, for ``shapes`` of :func:`~airflow_provider_sora.kit.tasks.choose`.

    :raises ConfigurationError: the campaign is wrong; nothing was paid.
    """
    campaign, prices = read_campaign(run.params), PriceList.of(run)
    if prices.final is not None and any(variant.model for variant in campaign.variants):
        raise ConfigurationError(
            "draft_model and an axis model are both given, but all drafts are made with one model.",
            step="leave one of them out.",
        )
    if campaign.private and prices.final is not None:
        raise ConfigurationError(
            "draft_model is set, but a final is made from its draft's prompt, and one of private data is not kept.",
            step="leave draft_model out, or declare no private columns.",
        )
    Privacy.of(campaign, run.params)
    asked = campaign.shapes(prices.model, prices.seconds, run.size)
    return [Shape(model, seconds, size, campaign.photo is not None) for model, seconds, size in asked]


def campaign_rows(run: PlannedRun) -> NamedRows:
    """The table of the run's campaign; with private columns as it stands, for no reason may quote a cell of it.

    :param run: params used: ``table``, ``columns``, ``encoding``, ``photo_column``, ``private_columns``,
        ``gcp_conn_id``, and ``market`` where the DAG has it.
    :raises SoraError: it cannot be read; nothing was paid.
    """
    given = {name: run.params.get(name) for name in ("columns", "encoding", "market", "photo_column", "gcp_conn_id")}
    return read_rows(run.params["table"], **given, catalogue=not run.params.get("private_columns"))


def choose_campaign(
    run: PlannedRun, table: NamedRows, *, prompt_names: tuple[str, ...], private: bool = False
) -> Choice:
    """What this run will make of its campaign, kept in ``inputs.json``; returns what counts from now on.

    A clip that any run has archived is not made again while prompt, photo, model, length and size stay. Where the
    budget is short, the cheapest come first, and row by row among those that cost the same.

    :param run: params used: those of :func:`~airflow_provider_sora.campaigns.plan.read_campaign`, ``model``,
        ``seconds``, ``size``, ``pad_color``, ``max_items`` (clips), ``max_cost_usd``, ``daily_budget_usd``,
        ``max_jobs_per_clip``, ``force``.
    :param prompt_names: the mapped group's argument for the prompt.
    :param private: the group takes the argument ``private_row``, and so can make clips that private columns shape.
    :raises SoraError: campaign or table is wrong; nothing was paid.
    """
    campaign, prices = read_campaign(run.params), PriceList.of(run)
    if campaign.private and not private:
        raise ConfigurationError(
            f"private_columns is {', '.join(campaign.private)}, but this DAG's chain makes no private clips.",
            step="write ClipChain(…, private=True), and choose_campaign(…, private=CHAIN.private).",
        )
    privacy, photos, size = Privacy.of(campaign, run.params), PhotoDesk(run), run.size
    ads, skipped = ads_of(campaign, table, privacy.subject if privacy else None)
    addresses, refused = _addresses(ads, table, run, privacy)
    skipped += refused
    forgotten = Forgotten(run.store).subjects() if privacy else set()
    digests = photos.sha256(filter(None, addresses.values()))
    force, cap = run.force, run.max_jobs_per_clip
    archived = set() if force else Markers(run.store, run.paths).archived()
    tally, due, seen = Tally(run.store, run.paths), [], dict[str, Ad]()
    for ad in ads:
        photo = addresses.get(ad.row, "")
        sha256 = digests.get(photo, "")
        if ad.row not in addresses:
            continue
        if isinstance(sha256, SoraError) or ad.subject in forgotten:
            why = because("forgotten") if not isinstance(sha256, SoraError) else _of_photo(sha256, privacy)
            skipped.append(LeftOut(ad.about, why))
            continue
        one = _due(ad, f"{sha256} {_pad_color(run)}" if sha256 else "", photo, prices, size, privacy)
        found = next((mark for mark in (one.mark, one.final) if mark in archived), None)
        if seen.setdefault(one.mark, ad) is not ad:
            skipped.append(LeftOut(ad.about, because("same", other=seen[one.mark].about.key)))
        elif found is not None:
            skipped.append(LeftOut(ad.about, because("archived", marker=found)))
        elif not force and cap is not None and tally.jobs(one.mark) >= cap:
            skipped.append(LeftOut(ad.about, because("jobs_used_up", jobs=tally.jobs(one.mark), limit=cap)))
        else:
            due.append(one)
    drafts = [
        _item(run, campaign, one, prompt_names, _left(cap, force, tally, one), privacy, private)
        for one in _in_order(due)
    ]
    hidden = {one.mark: one for one in due if one.photo} if privacy and privacy.hides_photo else {}

    def admit(one: Together) -> Reason | None:
        if privacy and (due := hidden.get(one.identity)):
            return _unfit(photos, due, _pad_color(run), privacy)
        return photos.refuse(one.items[0]) if one.items[0].clip.more["photo"] else None

    fitting, others = within(drafts, limits_of(run), max_items=run.max_items, admit=admit, caps=caps_left())
    skipped += [one.left_out(why) for one, why in others]
    kept = run.keep([item for one in fitting for item in one.items], skipped, source=table.source)
    note_items(run, prices, {one.ad.about.key: one.mark for one in due})
    return kept


def _addresses(
    ads: Sequence[Ad], table: NamedRows, run: PlannedRun, privacy: Privacy | None
) -> tuple[dict[int, str], list[LeftOut]]:
    """The photo's address of every row, ``""`` for none, and the clips whose photo may not be read."""
    found: dict[int, str] = {}
    refused: list[LeftOut] = []
    for ad in ads:
        try:
            conn_id = run.gcp_conn_id
            found[ad.row] = (
                ad.photo if table.is_catalogue else photo_address(ad.photo, table.address, gcp_conn_id=conn_id)
            )
        except SoraError as error:
            refused.append(LeftOut(ad.about, _of_photo(error, privacy)))
    return found, refused


def _of_photo(error: SoraError, privacy: Privacy | None) -> Reason:
    return of_photo(error) if privacy is None else privacy.refused(error)


def _unfit(photos: PhotoDesk, one: _Due, pad_color: str, privacy: Privacy) -> Reason | None:
    """Why a private photo will not do; it is looked at, and nothing of it is kept."""
    try:
        photos.fitted(one.photo, one.size, pad_color)
    except SoraError as error:
        return privacy.refused(error)
    return None


def _due(ad: Ad, look: str, photo: str, prices: PriceList, size: str | None, privacy: Privacy | None) -> _Due:
    variant = ad.variant
    seconds = variant.seconds or prices.seconds
    finals = prices.final and replace(prices.final, seconds=seconds)
    listed = replace(prices, model=variant.model or prices.model, seconds=seconds, final=finals)
    asked = variant.size or size

    def mark(model: str | None) -> str:
        shaping = {"prompt": ad.prompt, "model": model, "seconds": listed.seconds, "size": asked}
        private = {} if privacy is None else {"private": privacy.mark(ad, look)}
        public = "" if privacy and privacy.hides_photo else look
        return product_fingerprint(photo=public, **shaping, **private)

    final = listed.final
    return _Due(ad, mark(listed.model), None if final is None else mark(final.model), listed, asked, photo)


def _in_order(due: Sequence[_Due]) -> list[_Due]:
    by_ad = {id(one.ad): one for one in due}
    return [by_ad[id(ad)] for ad, _ in cheapest_first([(one.ad, one.prices.usd(one.size)) for one in due])]


def _left(cap: int | None, force: bool, tally: Tally, one: _Due) -> int | None:
    """Jobs that this run may submit for a clip."""
    return cap if cap is None or force else cap - tally.jobs(one.mark)


def _item(
    run: PlannedRun,
    campaign: Campaign,
    one: _Due,
    prompt_names: tuple[str, ...],
    max_jobs: int | None,
    privacy: Privacy | None,
    private: bool,
) -> Together:
    ad = one.ad
    photo = None if privacy and privacy.hides_photo else one.photo or None
    row = {"private_row": privacy and privacy.row(ad)} if private else {}
    item = planned_item(
        run,
        one.prices,
        identity=one.mark,
        readable=ad.about.key,
        about=ad.about,
        size=one.size,
        prompts=dict(zip(prompt_names, (ad.prompt,), strict=True)),
        labels={
            "guid": ad.about.key,
            "sku": ad.sku,
            CAMPAIGN: campaign.name,
            VARIANT: ad.variant.name,
            SUBJECT: ad.subject,
            "fingerprint": one.mark,
        },
        also={"photo": photo, "pad_color": _pad_color(run), "max_jobs": max_jobs, **row},
        warnings=lint_prompt(ad.shown),
        final_fingerprint=one.final,
    )
    return Together(one.mark, (_with_picture(run, item),))


def _pad_color(run: PlannedRun) -> str:
    return as_text("pad_color", run.params.get("pad_color")) or "#000000"


def _with_picture(run: PlannedRun, item: PlannedItem) -> PlannedItem:
    return replace(item, picture=picture_name(item.key)) if run.dry_run and item.clip.more["photo"] else item
