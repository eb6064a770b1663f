"""One item of ``inputs.json``: what a mapped task group needs to make its clips, and what people read about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_sora.archive.stages import draft_labels
from airflow_provider_sora.jobs.cost import Prices, estimate_usd
from airflow_provider_sora.runs.items import Arguments, PlannedItem
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.current import note_current
from airflow_provider_sora.stores.keys import key_of
from airflow_provider_sora.words.left_out import About


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a clip of this run costs, from the connection's ``prices``.

    :param model: the run's model, else the connection's default; None leaves it to the server. With drafts, theirs.
    :param final: with drafts, the same of their finals; None without.
    """

    prices: Prices
    model: str | None
    seconds: int | None
    final: PriceList | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> PriceList:
        """From params ``sora_conn_id``, ``model``, ``draft_model`` and ``seconds``; reads the connection, asks no
        server."""
        from airflow_provider_sora.hooks.sora import SoraHook

        settings = SoraHook(params["sora_conn_id"]).settings
        # 4.0 is a whole number for a form and for JSON, but another text in a fingerprint.
        seconds = int(params["seconds"]) if params.get("seconds") else None
        listed = cls(settings.prices, settings.model_or_default(params.get("model") or None), seconds)
        draft = params.get("draft_model")
        return replace(listed, model=str(draft), final=listed) if draft else listed

    def usd(self, size: str | None, clips: int = 1) -> float | None:
        """USD for ``clips`` clips (a remix counts like a create), or None when no price is known."""
        one = estimate_usd(self.prices, self.model, size, self.seconds)
        return None if one is None else round(one * clips, 6)


def planned_item(
    run: PlannedRun,
    prices: PriceList,
    *,
    identity: str,
    readable: str,
    about: About,
    size: str | None,
    prompts: Mapping[str, str],
    labels: Mapping[str, object],
    also: Mapping[str, object] | None = None,
    warnings: Iterable[str] = (),
    final_fingerprint: str | None = None,
) -> PlannedItem:
    """An item with its price and its folder.

    :param identity: what it is remembered by.
    :param readable: what its folder is called after.
    :param prompts: the group's prompt arguments by name; an empty one is a clip that is not made.
    :param labels: of every job; empty ones are left out. Title and language of ``about`` and ``review: pending``
        are added.
    :param also: further arguments of the group, such as the picture.
    :param warnings: what the lint says of the prompts.
    :param final_fingerprint: with drafts: what a product's final is remembered by.
    """
    told = {"title": str(about.title or "")[:120], "language": about.language}
    named = {name: str(value) for name, value in {**told, **labels}.items() if value not in (None, "")}
    final = prices.final
    if final is not None:
        named |= draft_labels(final.model, final.usd(size))
    key = key_of(readable, identity, size or "", *prompts.values())
    return PlannedItem(
        key=key,
        identity=identity,
        about=about,
        estimated_usd=prices.usd(size, clips=sum(bool(prompt) for prompt in prompts.values())),
        warnings=tuple(warnings),
        clip=Arguments(
            model=prices.model,
            seconds=prices.seconds,
            size=size,
            labels={**named, "review": "pending"},
            destination=run.paths.item(key),
            more={**prompts, **(also or {})},
        ),
        final=None if final is None else {"model": final.model, "fingerprint": final_fingerprint},
    )


def note_items(run: PlannedRun, prices: PriceList, items: Mapping[str, str]) -> None:
    """With drafts, remember what each item is now, so that none that changes gets a final from its old draft.

    :param items: what people call an item, and what it is remembered by; also those that have to wait.
    """
    if prices.final is not None and not run.dry_run:
        note_current(run.store, run.paths, items)
