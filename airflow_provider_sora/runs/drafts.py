"""One item of ``inputs.json``: what a mapped task group needs to make its clips, and what people read about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.jobs.cost import Prices, estimate_usd
from airflow_provider_sora.keys import key_of
from airflow_provider_sora.runs.items import About, Arguments, PlannedItem
from airflow_provider_sora.runs.planned import PlannedRun


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a clip of this run costs, from the connection's ``prices``.

    :param model: the run's model, else the connection's default; None leaves it to the server.
    """

    prices: Prices
    model: str | None
    seconds: int | None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> PriceList:
        """From params ``sora_conn_id``, ``model`` and ``seconds``; reads the connection, asks no server."""
        from airflow_provider_sora.hooks.sora import SoraHook

        settings = SoraHook(params["sora_conn_id"]).settings
        # 4.0 is a whole number for a form and for JSON, but another text in a fingerprint.
        seconds = int(params["seconds"]) if params.get("seconds") else None
        return cls(settings.prices, params.get("model") or settings.default_model, seconds)

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
) -> PlannedItem:
    """An item with its price and its folder.

    :param identity: what it is remembered by.
    :param readable: what its folder is called after.
    :param prompts: the group's prompt arguments by name; an empty one is a clip that is not made.
    :param labels: of every job; empty ones are left out. Title and language of ``about`` and ``review: pending``
        are added.
    :param also: further arguments of the group, such as the picture.
    :param warnings: what the lint says of the prompts.
    """
    told = {"title": str(about.title or "")[:120], "language": about.language}
    named = {name: str(value) for name, value in {**told, **labels}.items() if value not in (None, "")}
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
    )
