"""Which products to make clips of: those whose fingerprint has no archived clip, in an order that is fair over days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from airflow_provider_sora.arguments import as_count
from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.inputs.catalogues import Catalogue, Product
from airflow_provider_sora.masking.scrub import scrub_text
from airflow_provider_sora.prompts.lint import lint_prompt, lint_remix, lint_style
from airflow_provider_sora.prompts.prompt import remix_prompt, variant_prompt
from airflow_provider_sora.prompts.scenes import product_scene
from airflow_provider_sora.prompts.style import Style, in_language
from airflow_provider_sora.prompts.tone.word_lists import find_term
from airflow_provider_sora.prompts.tone_gate import brand_tone
from airflow_provider_sora.runs.budget import caps_left, limits_of, within
from airflow_provider_sora.runs.choosing.photos import PhotoDesk, picture_name
from airflow_provider_sora.runs.drafts import PriceList, note_items, planned_item
from airflow_provider_sora.runs.gates import is_on
from airflow_provider_sora.runs.items import Choice, PlannedItem, Together
from airflow_provider_sora.runs.once import remember_clip, skip_made
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.made import Markers, product_fingerprint
from airflow_provider_sora.runs.remembered.seen_photos import SeenPhotos
from airflow_provider_sora.runs.remembered.tally import Tally
from airflow_provider_sora.runs.remembered.turns import MAX_ATTEMPTS, Turns
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import as_told, because, of_photo

__all__ = ["ProductClips", "choose_products", "remember_clip", "skip_made"]
#: Of how many archived clips a run remembers how their photos look, if none did so before.
_CAUGHT_UP = 200


@dataclass(frozen=True, slots=True)
class ProductClips:
    """What one product's clips shall show.

    :param base: the whole prompt of the base clip.
    :param changes: one for each further clip; each is a remix of the one before.
    """

    style: Style
    base: str
    changes: tuple[str, ...]


def choose_products(
    run: PlannedRun,
    catalogue: Catalogue,
    clips_of: Callable[[Product], ProductClips],
    *,
    prompt_names: tuple[str, ...],
    can_remix: bool,
    fallback: bool | None = None,
    force: bool | None = None,
) -> Choice:
    """What this run will make, within its limits, kept in ``inputs.json``; returns what counts from now on.

    Who has waited longest comes first, then the file's own order, see :class:`~..remembered.turns.Turns`. Of rows with
    the same photo and the same texts, such as sizes of one shirt, the first gets the clip and the others are listed
    with it.
    A photo is fitted only when its product's turn has come.

    :param run: params used: ``size``, ``max_items``, ``max_cost_usd``, ``daily_budget_usd``, and ``max_jobs_per_clip``:
        how many paid jobs without a clip a product is given, over all runs.
    :param prompt_names: the mapped group's arguments for the prompts of base and remixes.
    :param can_remix: False plans no remix.
    :param fallback: without remix, make every change as a clip of its own, from the photo again; None as the params
        ``remix`` and ``variant_fallback`` say.
    :param force: make products that have a clip as well, and those that were given up; None as param ``force`` says.
    """
    force = bool(run.params.get("force")) if force is None else force
    fallback = _falls_back(run) if fallback is None else fallback
    turns, photos, prices = Turns(run.store, run.paths), PhotoDesk(run), PriceList.of(run.params)
    tally, cap = Tally(run.store, run.paths), as_count("max_jobs_per_clip", run.params.get("max_jobs_per_clip"))
    archived = set() if force else Markers(run.store, run.paths).archived()
    skipped = list(catalogue.skipped)
    due: dict[str, tuple[Product, ProductClips]] = {}
    first: dict[str, Product] = {}
    given_up: list[str] = []
    seen = SeenPhotos(run.store, run.paths)
    finals: dict[str, str | None] = {}  # of drafts: by what their finals are remembered
    made: list[tuple[str, str, str]] = []  # of what is archived: shape, photo's digest and address
    shapes: dict[str, tuple[str, str, str]] = {}  # the same of what is due
    wanted, refused = _styled(catalogue.products, clips_of)
    fingerprint = partial(_fingerprint, prices=prices, size=run.params.get("size"))
    digests = _digests(photos, wanted, fingerprint, lambda shape, mark: mark not in archived or not seen.knows(shape))
    skipped += refused
    for product, clips in wanted:
        photo = digests[product.photo]
        if isinstance(photo, SoraError):
            skipped.append(LeftOut(about(product), of_photo(photo)))
            continue
        shape, mark = (fingerprint(product, clips, one) for one in ("", photo))
        if mark in archived:
            made.append((shape, photo, product.photo))
        elif not force and (earlier := seen.first_of(shape, partial(photos.look, product.photo))):
            photo, mark = earlier, fingerprint(product, clips, earlier)
        finals[mark] = None if prices.final is None else fingerprint(product, clips, photo, prices=prices.final)
        if first.setdefault(mark, product) is not product:
            skipped.append(LeftOut(about(product), because("same", other=about(first[mark]).key)))
        elif mark in archived or finals[mark] in archived:
            found = mark if mark in archived else finals[mark]
            skipped.append(LeftOut(about(product), because("archived", marker=found)))
        elif not force and cap is not None and tally.jobs(mark) >= cap:
            skipped.append(LeftOut(about(product), because("jobs_used_up", jobs=tally.jobs(mark), limit=cap)))
            given_up.append(mark)
        elif not force and turns.attempts(mark) >= MAX_ATTEMPTS:
            skipped.append(LeftOut(about(product), because("given_up", runs=turns.attempts(mark))))
            given_up.append(mark)
        else:
            due[mark] = product, clips
            shapes[mark] = shape, photo, product.photo

    def left(mark: str) -> int | None:
        """Jobs that this run may submit for a product's clip."""
        return cap if cap is None or force else cap - tally.jobs(mark)

    drafts = (
        Together(mark, _items(run, prices, mark, *due[mark], prompt_names, can_remix, fallback, left(mark), final))
        for mark, final in ((mark, finals[mark]) for mark in sorted(due, key=turns.place))
    )
    fitting, others = within(
        drafts,
        limits_of(run),
        caps=caps_left(),
        max_items=run.params.get("max_items"),
        admit=lambda one: photos.refuse(one.items[0]),
    )
    skipped += [one.left_out(why) for one, why in others]
    kept = run.keep([item for one in fitting for item in one.items], skipped, source=catalogue.source)
    note_items(run, prices, {about(product).key: mark for mark, product in first.items()})
    if not run.dry_run:
        planned = {item.identity for item in kept.items}
        # Clips from before photos were remembered are caught up with, some every run.
        unknown = [one for one in made if not seen.knows(one[0])][:_CAUGHT_UP]
        for shape, photo, source in [*(shapes[mark] for mark in due if mark in planned), *unknown]:
            seen.note(shape, photo, photos.look(source))
        turns.keep([*due, *given_up], {one.identity for one in fitting}, archived)
    return kept


def about(product: Product) -> About:
    """What the index says of a product."""
    link = scrub_text(product.url) or None
    return About(f"{product.sku} {product.market}", product.title, link, product.language, product.row)


def _digests(
    photos: PhotoDesk,
    wanted: Sequence[tuple[Product, ProductClips]],
    fingerprint: Callable[[Product, ProductClips, str], str],
    comes_back: Callable[[str, str], bool],
) -> dict[str, str | SoraError]:
    """Digests of all photos. Those that will be looked at again are read no second time.

    :param comes_back: told a fingerprint without and with the photo.
    """
    named: dict[str, list[tuple[Product, ProductClips]]] = {}
    for product, clips in wanted:
        named.setdefault(product.photo, []).append((product, clips))

    def keep(photo: str, sha256: str) -> bool:
        return any(comes_back(fingerprint(*one, ""), fingerprint(*one, sha256)) for one in named[photo])

    return photos.sha256(named, keep=keep)


def _falls_back(run: PlannedRun) -> bool:
    return is_on(run.params.get("remix", True)) and run.recreates_variants


def _styled(
    products: Sequence[Product], clips_of: Callable[[Product], ProductClips]
) -> tuple[list[tuple[Product, ProductClips]], list[LeftOut]]:
    """What every product's clips shall show, and the products that its style refuses or cannot show.

    :raises SoraError: not one product can be shown, as when the run's own style is wrong; the error of the first.
    """
    wanted: list[tuple[Product, ProductClips]] = []
    refused: list[LeftOut] = []
    errors: list[SoraError] = []
    for product in products:
        try:
            clips = clips_of(product)
        except SoraError as error:
            errors.append(error)
            refused.append(LeftOut(about(product), as_told(error)))
            continue
        term = find_term(f"{product.title} {product.selling_points}", clips.style.blocked_terms)
        tone = brand_tone(clips.style, f"{product.title}\n{product.selling_points}", product.language)
        if term:
            refused.append(LeftOut(about(product), because("blocked", term=term)))
        elif tone:
            said = because("tone_brand", category=tone.category, word=tone.word, style=clips.style.name)
            refused.append(LeftOut(about(product), said))
        else:
            wanted.append((product, clips))
    if errors and len(errors) == len(products):
        raise errors[0]
    return wanted, refused


def _fingerprint(product: Product, clips: ProductClips, photo: str, prices: PriceList, size: str | None) -> str:
    # What is planned, not whether remixes are on: switching them on does not make an old clip a new product.
    return product_fingerprint(
        photo=photo, base=clips.base, changes=clips.changes, keep=in_language(clips.style.keep, product.language),
        title=product.title, points=product.selling_points, market=product.market, model=prices.model,
        seconds=prices.seconds, size=size, pad=clips.style.pad_color,
        **({} if prices.final is None else {"final": prices.final.model or "server"}),
    )  # fmt: skip


def _items(
    run: PlannedRun, prices: PriceList, fingerprint: str, product: Product, clips: ProductClips,
    prompt_names: tuple[str, ...], can_remix: bool, fallback: bool, max_jobs: int | None, final: str | None,
) -> tuple[PlannedItem, ...]:  # fmt: skip
    """One item with its remixes; or, without remix, one item for each clip that is to be made."""
    language = product.language
    remixes = [remix_prompt(change, clips.style, language=language) for change in clips.changes]
    variants = [variant_prompt(clips.base, change, language=language) for change in clips.changes]
    chains = (
        [[clips.base, *remixes]] if can_remix else [[text] for text in (clips.base, *(variants if fallback else ()))]
    )
    warnings = [*lint_prompt(clips.base), *lint_style(clips.style)]
    warnings += [warning for change in clips.changes for warning in lint_remix(change)]
    scene = product_scene(clips.style, product.category).told
    items = []
    for number, chain in enumerate(chains):
        prompts = dict.fromkeys(prompt_names, "") | dict(zip(prompt_names, chain, strict=False))
        labels = {
            "sku": product.sku,
            "market": product.market,
            "brand": product.brand or clips.style.name,
            "scene": scene,
        }
        item = planned_item(
            run, prices, identity=fingerprint, readable=f"{product.sku} {product.market}", about=about(product),
            size=run.params.get("size"), prompts=prompts, warnings=warnings,
            labels={**labels, "product_url": product.url, "fingerprint": fingerprint, "variant": number or None},
            also={"photo": product.photo, "pad_color": clips.style.pad_color, "max_jobs": max_jobs},
            final_fingerprint=final,
        )  # fmt: skip
        items.append(replace(item, picture=picture_name(item.key)) if run.dry_run and not number else item)
    return tuple(items)
