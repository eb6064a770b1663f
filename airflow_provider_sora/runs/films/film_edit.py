"""A film's scenes as the shots of an edit list: clips, cards for what is missing, captions of the dialogue (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_sora.runs.planned_film import Part
from airflow_provider_sora.runs.remembered.made import Made
from airflow_provider_sora.stores.keys import digest

#: What lies over the whole film, by the names that a storyboard and the operator share.
SETTINGS = ("music", "loudness", "loop", "burn_captions", "mark")
#: Frames over which a card dissolves, and seconds before the first line is shown and between two.
_CARD_BLEND, _LEAD, _BETWEEN = 12, 0.3, 0.1
#: Seconds of a scene whose length the server chooses, for a card in its place and its captions.
_USUAL = 4
_PLACEHOLDER = {"en": "Scene {number}{named}\nnot there yet", "ja": "場面 {number}{named}\n未作成"}


def shots_of(
    parts: Sequence[Part], clips: Mapping[int, Made], settings: Mapping[str, Any], language: str
) -> list[dict[str, Any]]:
    """The edit list, for :class:`~airflow_provider_sora.operators.cut.CutVideosOperator`.

    :param clips: by the scene's number; a card stands for one that is not there.
    :param settings: the storyboard's ``cut``: here its cards count.
    """
    seconds = float(settings.get("card_seconds") or 2)
    opening, closing = settings.get("opening"), settings.get("closing")
    shots = [_shot(part, clips.get(part.number), language) for part in parts]
    if opening:
        shots.insert(0, {"card": opening, "seconds": seconds, "blend": _CARD_BLEND})
    if closing:
        shots.append({"card": closing, "seconds": seconds})
    return shots


def _shot(part: Part, made: Made | None, language: str) -> dict[str, Any]:
    length = part.seconds or _USUAL
    more: dict[str, Any] = {"blend": part.transition} if part.transition else {}
    if captions := captions_of(part, length):
        more["captions"] = captions
    if made is None:
        named = part.told.removeprefix(f"scene {part.number}")
        text = _PLACEHOLDER.get(language, _PLACEHOLDER["en"]).format(number=part.number, named=named)
        return {"card": text, "seconds": length, **more}
    return {"video": _record(made), "name": part.told, **more}


def captions_of(part: Part, length: float) -> list[dict[str, Any]]:
    """The dialogue's lines one after the other over the scene, each as long as its share of the words."""
    lines = [(who, words) for who, words in part.dialogue]
    room = length - 2 * _LEAD - _BETWEEN * (len(lines) - 1)
    if not lines or room <= 0:
        return []
    whole, start, found = sum(len(words) for _, words in lines), _LEAD, []
    for who, words in lines:
        end = start + room * len(words) / whole
        found.append({"start": round(start, 2), "end": round(end, 2), "text": words, "speaker": who})
        start = end + _BETWEEN
    return [{name: value for name, value in caption.items() if value is not None} for caption in found]


def cut_mark(title: str, shots: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> str:
    """What a cut is remembered by: its clips, in order, and all that was decided about them."""
    told = [{**shot, "video": shot["video"]["video_id"]} if "video" in shot else dict(shot) for shot in shots]
    over_all = {name: settings.get(name) for name in SETTINGS}
    return digest("film", title, json.dumps([told, over_all], sort_keys=True, ensure_ascii=True))[:20]


def _record(made: Made) -> dict[str, Any]:
    """As the cut takes a video."""
    return {
        "video_id": made.video_id,
        "uri": made.uri,
        "receipt_uri": made.receipt_uri,
        "labels": dict(made.labels),
        "cost_estimate_usd": made.cost_estimate_usd,
    }
