"""Which products to make clips of: those whose fingerprint has no archived clip, in an order that is fair over days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from airflow_provider_sora.arguments import as_count
from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.inputs.catalogues import Catalogue, Product
from airflow_provider_sora.prompts.lint import lint_prompt, lint_remix, lint_style
from airflow_provider_sora.prompts.prompt import remix_prompt, variant_prompt
from airflow_provider_sora.prompts.scenes import product_scene
from airflow_provider_sora.prompts.style import Style, in_language
from airflow_provider_sora.prompts.tone.word_lists import find_term
from airflow_provider_sora.prompts.tone_gate import brand_tone
from airflow_provider_sora.record import RECORD_KEY
from airflow_provider_sora.runs.budget import limits_of, within
from airflow_provider_sora.runs.drafts import PriceList, planned_item, together
from airflow_provider_sora.runs.gates import skip_with
from airflow_provider_sora.runs.photos import PhotoDesk, picture_name
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.made import Markers, marker_name, product_fingerprint
from airflow_provider_sora.runs.remembered.seen_photos import SeenPhotos
from airflow_provider_sora.runs.remembered.tally import Tally
from airflow_provider_sora.runs.remembered.turns import MAX_ATTEMPTS, Turns
from airflow_provider_sora.scrub import scrub_text
from airflow_provider_sora.words.reasons import as_told, because

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
    fallback: bool = False,
    force: bool = False,
) -> dict[str, Any]:
    """What this run will make, within its limits, kept in ``inputs.json``; returns what counts from now on.

    Who has waited longest comes first, then the file's own order, see :class:`~.remembered.turns.Turns`. Of rows with
    the same photo and the same texts, such as sizes of one shirt, the first gets the clip and the others are listed
    with it.
    A photo is fitted only when its product's turn has come.

    :param run: params used: ``size``, ``max_items``, ``max_cost_usd``, ``daily_budget_usd``, and ``max_jobs_per_clip``:
        how many paid jobs without a clip a product is given, over all runs.
    :param prompt_names: the mapped group's arguments for the prompts of base and remixes.
    :param can_remix: False plans no remix.
    :param fallback: without remix, make every change as a clip of its own, from the photo again.
    :param force: make products that have a clip as well, and those that were given up.
    """
    turns, photos, prices = Turns(run.store, run.paths), PhotoDesk(run), PriceList.of(run.params)
    tally, cap = Tally(run.store, run.paths), as_count("max_jobs_per_clip", run.params.get("max_jobs_per_clip"))
    archived = set() if force else Markers(run.store, run.paths).archived()
    skipped: list[dict[str, Any]] = list(catalogue.skipped)
    due: dict[str, tuple[Product, ProductClips]] = {}
    first: dict[str, Product] = {}
    given_up: list[str] = []
    seen = SeenPhotos(run.store, run.paths)
    made: list[tuple[str, str, str]] = []  # of what is archived: shape, photo's digest and address
    shapes: dict[str, tuple[str, str, str]] = {}  # the same of what is due
    wanted, refused = _styled(catalogue.products, clips_of)
    digests = photos.sha256(product.photo for product, _ in wanted)
    skipped += refused
    for product, clips in wanted:
        photo = digests[product.photo]
        if isinstance(photo, SoraError):
            skipped.append({**about(product), **as_told(photo)})
            continue
        shape, mark = (_fingerprint(product, clips, one, prices, run.params.get("size")) for one in ("", photo))
        if mark in archived:
            made.append((shape, photo, product.photo))
        elif not force and (earlier := seen.first_of(shape, partial(photos.look, product.photo))):
            photo, mark = earlier, _fingerprint(product, clips, earlier, prices, run.params.get("size"))
        if first.setdefault(mark, product) is not product:
            skipped.append({**about(product), **because("same", other=about(first[mark])["key"])})
        elif mark in archived:
            skipped.append({**about(product), **because("archived")})
        elif not force and cap is not None and tally.jobs(mark) >= cap:
            skipped.append({**about(product), **because("jobs_used_up", jobs=tally.jobs(mark), limit=cap)})
            given_up.append(mark)
        elif not force and turns.attempts(mark) >= MAX_ATTEMPTS:
            skipped.append({**about(product), **because("given_up", runs=turns.attempts(mark))})
            given_up.append(mark)
        else:
            due[mark] = product, clips
            shapes[mark] = shape, photo, product.photo

    def left(mark: str) -> int | None:
        """Jobs that this run may submit for a product's clip."""
        return cap if cap is None or force else cap - tally.jobs(mark)

    drafts = (
        together(mark, _items(run, prices, mark, *due[mark], prompt_names, can_remix, fallback, left(mark)))
        for mark in sorted(due, key=turns.place)
    )
    fitting, others = within(
        drafts,
        limits_of(run),
        max_items=run.params.get("max_items"),
        admit=lambda one: photos.refuse(one["items"][0]),
    )
    skipped += [{**one["items"][0]["about"], **why} for one, why in others]
    kept = run.keep([item for one in fitting for item in one["items"]], skipped, source=catalogue.source)
    if not run.dry_run:
        planned = {item["identity"] for item in kept["items"]}
        # Clips from before photos were remembered are caught up with, some every run.
        unknown = [one for one in made if not seen.knows(one[0])][:_CAUGHT_UP]
        for shape, photo, source in [*(shapes[mark] for mark in due if mark in planned), *unknown]:
            seen.note(shape, photo, photos.look(source))
        turns.keep([*due, *given_up], {one["identity"] for one in fitting}, archived)
    return kept


def about(product: Product) -> dict[str, Any]:
    """What the index says of a product."""
    return {
        "key": f"{product.sku} {product.market}",
        "row": product.row,
        "title": product.title,
        "link": scrub_text(product.url) or None,
        "language": product.language,
    }


def _styled(
    products: Sequence[Product], clips_of: Callable[[Product], ProductClips]
) -> tuple[list[tuple[Product, ProductClips]], list[dict[str, Any]]]:
    """What every product's clips shall show, and the products that its style refuses or cannot show.

    :raises SoraError: not one product can be shown, as when the run's own style is wrong; the error of the first.
    """
    wanted: list[tuple[Product, ProductClips]] = []
    refused: list[dict[str, Any]] = []
    errors: list[SoraError] = []
    for product in products:
        try:
            clips = clips_of(product)
        except SoraError as error:
            errors.append(error)
            refused.append({**about(product), **as_told(error)})
            continue
        term = find_term(f"{product.title} {product.selling_points}", clips.style.blocked_terms)
        tone = brand_tone(clips.style, f"{product.title}\n{product.selling_points}", product.language)
        if term:
            refused.append({**about(product), **because("blocked", term=term)})
        elif tone:
            said = because("tone_brand", category=tone.category, word=tone.word, style=clips.style.name)
            refused.append({**about(product), **said})
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
    )  # fmt: skip


def _items(
    run: PlannedRun, prices: PriceList, fingerprint: str, product: Product, clips: ProductClips,
    prompt_names: tuple[str, ...], can_remix: bool, fallback: bool, max_jobs: int | None,
) -> list[dict[str, Any]]:  # fmt: skip
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
        )  # fmt: skip
        items.append({**item, "picture": picture_name(item)} if run.dry_run and not number else item)
    return items


def remember_clip(context: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """``post_execute`` of the task that archives a base clip: no later run pays for it again."""
    marker = marker_name(result.get("labels") or {})
    if marker:
        run = PlannedRun.of(context)
        Markers(run.store, run.paths).note(marker, result)


def skip_made(context: Mapping[str, Any]) -> None:
    """``pre_execute`` of the task that makes a base clip: a clip that another run archived is not paid for again.

    That run came between this one's choice and a clear of its failed task. With param ``force`` nothing is skipped.

    :raises AirflowSkipException: another run archived the clip; nothing was paid by this try.
    """
    marker, run, ti = marker_name(context["task"].labels or {}), PlannedRun.of(context), context["ti"]
    made = Markers(run.store, run.paths).clip(marker) if marker and not run.params.get("force") else None
    # By the run, not by the clip's folder: runs of the same minute share that, and an hour comes twice in autumn.
    if made is None or made.get("run") == run.paths.run:
        return
    # This runs again when the task comes back from the triggerer; then the job that this try paid for is on show.
    if ti.xcom_pull(task_ids=ti.task_id, key=RECORD_KEY, map_indexes=ti.map_index) is None:
        skip_with(context, because("made_elsewhere", uri=made.get("uri")))
