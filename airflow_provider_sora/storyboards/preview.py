"""What a film would ask for, scene by scene: prompts, lengths, cost, and what is known to disappoint (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.jobs.cost import Prices, estimate_usd
from airflow_provider_sora.storyboards.contradictions import of_scene
from airflow_provider_sora.storyboards.shots import Film, Shot
from airflow_provider_sora.storyboards.wording import scene_prompt


def preview(
    film: Film,
    *,
    prices: Prices | None = None,
    model: str | None = None,
    size: str | None = None,
    seconds: int | None = None,
) -> dict[str, Any]:
    """All scenes in order, and their sums, as plain data.

    :param prices: a connection's; None where there is no connection, and the cost is unknown.
    :param model: what a run would ask for; ``size`` and ``seconds`` where the film says nothing.
    :returns: ``estimated_usd`` is None as soon as one scene's is.
    """
    size = film.size or size
    scenes = [_scene(film, shot, prices or {}, model, size, seconds) for shot in film.shots]
    costs = [scene["estimated_usd"] for scene in scenes]
    lengths = [scene["seconds"] for scene in scenes]
    return {
        "title": film.title,
        "language": film.language,
        "size": size,
        "waves": film.waves,
        "scenes": scenes,
        "seconds": None if None in lengths else sum(lengths),
        "estimated_usd": None if None in costs else round(sum(costs), 6),
    }


def _scene(
    film: Film, shot: Shot, prices: Prices, model: str | None, size: str | None, seconds: int | None
) -> dict[str, Any]:
    scene, length = shot.scene, film.seconds_of(shot, seconds)
    transition: str | Mapping[str, int] = (
        scene.transition if isinstance(scene.transition, str) else {"blend": scene.transition.blend}
    )
    return {
        "number": shot.number,
        "id": scene.id,
        "seconds": length,
        "estimated_usd": estimate_usd(prices, model, size, length),
        "continue_from": shot.after,
        "transition": transition,
        "prompt": scene_prompt(film, shot),
        "warnings": of_scene(film, shot, seconds),
    }
