"""One clip as a page shows it: an entry of ``index.json`` in the page's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.pages.safe_links import file_address, is_web_address, language_tag, picture_address
from airflow_provider_sora.words.page_words import label_in

#: Labels that are for machines; ``index.json`` has them, the page shows what people look for.
_MACHINE_LABELS = ("fingerprint", "review", "variant", "final_usd", "draft_id")
#: Labels whose values begin with a word of ours.
WORDED_LABELS = ("scene", "tone_override")
#: Whose value is a word of ours.
_STAGE = "clip_stage"


@dataclass(frozen=True, slots=True)
class Card:
    """What the macro ``clip_card`` shows. Texts are as they came; the template escapes them.

    :param kind: what it is, in the page's words.
    :param parent_id: id of the video it was made from, or empty; ``parent_here``: that one's card is on this page.
    :param poster: address of its picture, or empty; ``video``: of the clip, relative to the page where it can be.
    :param ratio: width and height for CSS.
    :param prompt: None where only its hash was kept.
    :param facts: model, size, length …
    :param labels: the user's, by what the page calls them.
    :param lang: language tag of title and prompt, or empty.
    :param sources: web addresses among the labels; ``files``: the clip's own, each with its word.
    """

    video_id: str
    kind: str
    parent_id: str
    parent_here: bool
    cost_usd: float | None
    poster: str
    video: str
    ratio: str
    title: str
    lang: str
    prompt: str | None
    facts: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


def families(
    entries: Iterable[Mapping[str, Any]], pictures: Mapping[str, str], say: Mapping[str, str]
) -> tuple[tuple[Card, ...], ...]:
    """The cards of an index's videos by family: the original, then what was made from it."""
    shown = list(entries)
    known = {entry["video_id"] for entry in shown}
    found: dict[str, list[Card]] = {}
    for entry in shown:
        picture = pictures.get(entry["video_id"])
        found.setdefault(entry["family"], []).append(card_of(entry, picture, entry["parent_id"] in known, say))
    return tuple(tuple(cards) for cards in found.values())


def card_of(entry: Mapping[str, Any], picture: str | None, parent_here: bool, say: Mapping[str, str]) -> Card:
    """The card of an entry of ``index.json``.

    :param picture: a data URL of its thumbnail; None leaves the link to it.
    """
    labels, links = entry["labels"], entry["links"]
    call = str(entry["call"] or ("remix" if entry["parent_id"] else "original"))
    call = "variant" if call == "create" and labels.get("variant") else call
    actual, width, height = entry["cost_actual_usd"], entry["width"], entry["height"]
    people = for_people(labels)
    files = (("video", "download"), ("spritesheet", "spritesheet"), ("receipt", "receipt"))
    return Card(
        video_id=str(entry["video_id"]),
        kind=say.get(call, call),
        parent_id=str(entry["parent_id"] or ""),
        parent_here=parent_here,
        cost_usd=entry["cost_estimate_usd"] if actual is None else actual,
        poster=picture_address(picture or links.get("thumbnail")),
        video=file_address(links.get("video")),
        ratio=f"{width:g} / {height:g}" if _are_numbers(width, height) else "16 / 9",
        title=labels.get("title") or "",
        lang=language_tag(labels.get("language")),
        prompt=None if entry["prompt_hidden"] else entry["prompt"] or "",
        facts=_facts(entry, say),
        labels=tuple(
            (say.get(name, name), value_in(name, v, say)) for name, v in people.items() if not is_web_address(v)
        ),
        sources=tuple(value for value in people.values() if is_web_address(value)),
        files=tuple((address, say[word]) for name, word in files if (address := file_address(links.get(name)))),
    )


def for_people(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that people look for: not the title, which stands above, and what is for machines."""
    titled = bool(labels.get("title"))
    return {
        name: value
        for name, value in labels.items()
        if not (name in _MACHINE_LABELS or name == "title" or (name == "guid" and titled))
    }


def _facts(entry: Mapping[str, Any], say: Mapping[str, str]) -> tuple[str, ...]:
    facts = (
        entry["model"],
        entry["size"],
        None if entry["seconds"] is None else f"{entry['seconds']:g} s",
        {True: say["sound"], False: say["silent"]}.get(entry["has_audio"]),
        say["c2pa"] if entry["c2pa_manifest"] else None,
        say["unchecked"] if entry["check"]["result"] != "checked" else None,
        None if entry["review"] == "pending" else say.get(f"review_{entry['review']}"),
    )
    return tuple(str(fact) for fact in facts if fact)


def value_in(name: str, value: str, say: Mapping[str, str]) -> str:
    """A label's value, in the page's words where it is one of ours."""
    if name == _STAGE:
        return say.get(f"{_STAGE}_{value}", value)
    return label_in(value, say) if name in WORDED_LABELS else value


def _are_numbers(*values: object) -> bool:
    return all(isinstance(value, int | float) and value for value in values)
