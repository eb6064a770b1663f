"""What a scene's clip is remembered by: all that shapes it, and nothing of what stands beside it in the film (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from airflow_provider_sora.runs.drafts import PriceList
from airflow_provider_sora.runs.remembered.made import product_fingerprint
from airflow_provider_sora.storyboards.scene_request import Asked
from airflow_provider_sora.storyboards.shots import Film, Shot


@dataclass(frozen=True, slots=True)
class Mark:
    """The names under which a scene's clip is found.

    :param own: of what a run makes of it: a draft, where the run makes drafts.
    :param final: of its final, where the run makes drafts; else None.
    """

    own: str
    final: str | None = None

    @property
    def best_first(self) -> tuple[str, ...]:
        """The final, where there is to be one, then the draft."""
        return (self.own,) if self.final is None else (self.final, self.own)


def marks_of(
    film: Film, asked: Mapping[int, Asked], photos: Mapping[int, str], prices: PriceList, size: str | None
) -> dict[int, Mark]:
    """Of every scene, by number.

    A scene that continues from another has that one's mark within its own: what changes there is new here. Numbers and
    ids are in none: scenes may move.

    :param asked: what each scene asks of the server; ``photos``: the digest of the picture it starts from, if any.
    :param prices: with its model and, for drafts, its final's; ``seconds`` is the run's.
    """
    found: dict[int, Mark] = {}
    for shot in sorted(film.shots, key=film.wave):
        before = found.get(shot.after) if shot.after is not None else None
        request, photo = asked[shot.number], photos.get(shot.number, "")
        seconds = film.seconds_of(shot, prices.seconds)
        final = prices.final
        told = {} if final is None else {"final": final.model or "server"}
        found[shot.number] = Mark(
            _mark(shot, request, photo, before.own if before else None, prices.model, seconds, size, **told),
            None
            if final is None
            else _mark(shot, request, photo, before.final if before else None, final.model, seconds, size),
        )
    return found


def _mark(
    shot: Shot,
    asked: Asked,
    photo: str,
    after: str | None,
    model: str | None,
    seconds: int | None,
    size: str | None,
    **more: str,
) -> str:
    return product_fingerprint(
        photo=photo,
        prompt=asked.prompt,
        characters=" ".join(asked.characters),
        extra=json.dumps(asked.extra, sort_keys=True) if asked.extra else "",
        take=shot.scene.take,
        after=after,
        model=model,
        seconds=seconds,
        size=size,
        **more,
    )
