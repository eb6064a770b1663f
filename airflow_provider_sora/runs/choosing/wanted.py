"""Items of one's own, from any table: each is made once, within the run's limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from airflow_provider_sora.prompts.lint import lint_prompt
from airflow_provider_sora.runs.budget import caps_left, limits_of, within
from airflow_provider_sora.runs.choosing.photos import PhotoDesk, picture_name
from airflow_provider_sora.runs.drafts import PriceList, note_items, planned_item
from airflow_provider_sora.runs.items import Choice, PlannedItem, Together
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.selection import Memory
from airflow_provider_sora.stores.keys import digest
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import Reason, because


@dataclass(frozen=True, slots=True)
class Wanted:
    """One item and what its clips shall show.

    :param key: what people call it; one item, one key. It is the label ``guid`` of its jobs.
    :param prompts: the whole prompt of each clip of the chain, in its order; those that are missing are not made.
    :param link: where a person reads more, as the pages show it.
    :param labels: further labels of its jobs.
    :param photo: address or path of the picture from which its first clip starts, for a chain with ``photo=True``.
    """

    key: str
    prompts: tuple[str, ...]
    title: str = ""
    link: str | None = None
    language: str = "en"
    labels: Mapping[str, object] = field(default_factory=dict)
    photo: str | None = None
    pad_color: str = "#000000"

    @property
    def identity(self) -> str:
        """Changes with what its clips show: a changed row is made again."""
        return f"{self.key}\n{digest(*self.prompts, self.photo or '')}"


def choose_wanted(
    run: PlannedRun, wanted: Iterable[Wanted], *, prompt_names: tuple[str, ...], can_remix: bool
) -> Choice:
    """What this run will make, in the table's order, kept in ``inputs.json``; returns what counts from now on.

    An item that an earlier run chose with these prompts and this photo is left out: where its clip failed, its task
    is cleared in that run, and goes on with the job that is paid for.

    :param run: params used: ``model``, ``seconds``, ``size``, ``max_items``, ``max_cost_usd``, ``daily_budget_usd``.
    :param prompt_names: the mapped group's arguments for the prompts, see
        :attr:`~airflow_provider_sora.kit.chain.ClipChain.prompts`.
    :param can_remix: False plans first clips only.
    """
    memory, photos = Memory(run.store, run.paths, read_only=run.dry_run), PhotoDesk(run)
    prices = PriceList.of(run.params)
    skipped: list[LeftOut] = []
    drafts: list[Together] = []
    keys: set[str] = set()
    for one in wanted:
        about = About(one.key, one.title or one.key, one.link, one.language)
        if one.key in keys:
            skipped.append(LeftOut(about, because("repeated_key")))
            continue
        keys.add(one.key)
        if earlier := memory.earlier(one.identity):
            skipped.append(LeftOut(about, because("taken", folder=earlier.destination)))
            continue
        prompts = one.prompts if can_remix else one.prompts[:1]
        item = planned_item(
            run,
            prices,
            identity=one.identity,
            readable=one.key,
            about=about,
            size=run.params.get("size"),
            prompts=dict.fromkeys(prompt_names, "") | dict(zip(prompt_names, prompts, strict=False)),
            labels={"guid": one.key, **one.labels},
            also={"photo": one.photo, "pad_color": one.pad_color},
            warnings=lint_prompt(prompts[0]),
        )
        drafts.append(Together(one.identity, (_with_picture(run, item, one),)))

    def admit(one: Together) -> Reason | None:
        return photos.refuse(one.items[0]) if one.items[0].clip.more["photo"] else None

    fitting, others = within(
        drafts, limits_of(run), max_items=run.params.get("max_items"), admit=admit, caps=caps_left()
    )
    taken = [one for one in fitting if run.dry_run or memory.claim(one.identity)]
    skipped += [one.left_out(why) for one, why in others]
    skipped += [one.left_out(because("taken_now")) for one in fitting if one not in taken]
    kept = run.keep([item for one in taken for item in one.items], skipped)
    memory.settle(kept)
    note_items(run, prices, {one.items[0].about.key: one.identity for one in drafts})
    return kept


def _with_picture(run: PlannedRun, item: PlannedItem, one: Wanted) -> PlannedItem:
    return replace(item, picture=picture_name(item.key)) if run.dry_run and one.photo else item
