"""The index as one HTML page: no script from elsewhere, no font, no request but for the videos beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_sora.words.page_words import clip_name, label_in, reason_in, words

#: Labels that are for machines; ``index.json`` has them, the page shows what people look for.
_MACHINE_LABELS = ("fingerprint", "review", "variant")
#: Labels whose values begin with a word of ours.
_WORDED_LABELS = ("scene", "tone_override")
#: Statuses of items that were not made and need nobody's attention.
QUIET = ("unchanged", "same", "later")


def render_page(index: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """The page of an index; ``pictures`` maps video ids to data URLs of their thumbnails."""
    say = words(str(index["lang"]))
    template = resources.files("airflow_provider_sora.pages").joinpath("index.template.html").read_text("utf-8")
    run = " · ".join(escape(str(value)) for value in index["run"].values() if value)
    return Template(template).substitute(
        lang=escape(str(index["lang"]).split("-")[0]),
        title=escape(index["title"] or say["title"]),
        notice=escape(say["notice"]),
        note=note_line(index["note"], say),
        totals=_totals(index["totals"], say),
        filter=escape(say["filter"]),
        cards=_groups(index["videos"], pictures, say) or f'<p class="none">{escape(say["none"])}</p>',
        lists=reasons_list(index["failed"], say["failed"], "failed", say)
        + reasons_list(index["skipped"], say["skipped"], "skip", say),
        foot=f"{escape(say['generated'])} {escape(index['generated_at'])}" + (f" · {run}" if run else ""),
    )


def note_line(note: Mapping[str, Any] | None, say: Mapping[str, str]) -> str:
    """What is to be known before anything else, as a paragraph."""
    return f'<p class="note">{escape(reason_in(note, say))}</p>' if note else ""


def money(amount: float | None) -> str:
    """US dollars, with as many places as the amount needs."""
    if amount is None:
        return ""
    return f"${amount:,.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.4f}"


def _totals(totals: Mapping[str, Any], say: Mapping[str, str]) -> str:
    facts = [
        f"<b>{totals['videos']}</b> {escape(say['videos'])}",
        f"<b>{totals['seconds']:g}</b> {escape(say['seconds'])}",
    ]
    if totals["cost_estimate_usd"] is not None:
        facts.append(f"<b>{money(totals['cost_estimate_usd'])}</b> {escape(say['estimated'])}")
    if totals["without_price"]:
        facts.append(escape(say["unknown_price"].format(n=totals["without_price"])))
    if totals["submitted"]:
        cost = totals["submitted_usd"]
        told = escape(say["cost_unknown"]) if cost is None else f"<b>{money(cost)}</b>"
        facts.append(f"{escape(say['submitted'])} <b>{totals['submitted']}</b>, {told}")
    return "".join(f"<span>{fact}</span>" for fact in facts)


def _groups(entries: list[Mapping[str, Any]], pictures: Mapping[str, str], say: Mapping[str, str]) -> str:
    """One row per family: the original, then what was made from it."""
    known = {entry["video_id"] for entry in entries}
    groups: dict[str, list[str]] = {}
    for entry in entries:
        card = _card(entry, pictures.get(entry["video_id"]), entry["parent_id"] in known, say)
        groups.setdefault(entry["family"], []).append(card)
    return "\n".join(f'<section class="family">{"".join(cards)}</section>' for cards in groups.values())


def _card(entry: Mapping[str, Any], picture: str | None, child: bool, say: Mapping[str, str]) -> str:
    links = entry["links"]
    poster = picture or links["thumbnail"]
    call = str(entry["call"] or ("remix" if entry["parent_id"] else "original"))
    call = "variant" if call == "create" and entry["labels"].get("variant") else call
    kind = escape(say.get(call, call))
    ratio = f"{entry['width']} / {entry['height']}" if entry["width"] and entry["height"] else "16 / 9"
    named = escape(f"{say.get(call, call)}: {entry['labels'].get('title') or entry['video_id']}")
    shown = f'preload="none" poster="{escape(poster)}"' if poster else f'preload="metadata" title="{say["no_picture"]}"'
    player = (
        f'<video controls playsinline {shown} aria-label="{named}" style="aspect-ratio:{ratio}" '
        f'src="{escape(links["video"] or "")}"></video>'
    )
    facts = [
        entry["model"],
        entry["size"],
        None if entry["seconds"] is None else f"{entry['seconds']:g} s",
        {True: say["sound"], False: say["silent"]}.get(entry["has_audio"]),
        say["c2pa"] if entry["c2pa_manifest"] else None,
        say["unchecked"] if entry["check"]["result"] != "checked" else None,
    ]
    cost = money(entry["cost_actual_usd"] if entry["cost_actual_usd"] is not None else entry["cost_estimate_usd"])
    source = _short(entry["parent_id"] or "")
    if child:  # its card is on this page
        source = f'<a href="#{escape(entry["parent_id"])}">{source}</a>'
    origin = f' <span class="from">{escape(say["made_from"])} {source}</span>' if source else ""
    lang = lang_attribute(entry["labels"].get("language"))
    title, labels, sources = _labels(entry["labels"], lang, say)
    prompt = entry["prompt"]
    text = f"<em>{escape(say['prompt_hidden'])}</em>" if entry["prompt_hidden"] else escape(prompt or "")
    buttons = sources + "".join(
        f'<a href="{escape(links[name])}">{escape(say[word])}</a>'
        for name, word in (("video", "download"), ("spritesheet", "spritesheet"), ("receipt", "receipt"))
        if links.get(name)
    )
    return (
        f'<article class="card{" child" if child else ""}" id="{escape(entry["video_id"])}">'
        f'<div class="frame">{player}<span class="badge">{escape(say["notice"])}</span></div>'
        f'<div class="body"><h2><span class="kind {escape(call)}">{kind}</span>{origin}'
        f'<span class="cost">{cost or escape(say["cost_unknown"])}</span></h2>{title}'
        f'<p class="prompt"{lang}>{text}</p><ul class="labels">{labels}</ul>'
        f'<p class="facts">{" · ".join(escape(str(fact)) for fact in facts if fact)}</p>'
        f'<p class="links">{buttons}<code title="{escape(entry["video_id"])}">{_short(entry["video_id"])}</code></p>'
        "</div></article>"
    )


def _labels(labels: Mapping[str, str], lang: str, say: Mapping[str, str]) -> tuple[str, str, str]:
    """Title, chips and links of a card, from the user's labels."""
    title = labels.get("title")
    chips, sources = [], []
    for name, value in labels.items():
        if name in _MACHINE_LABELS or name == "title" or (name == "guid" and title):
            continue
        if is_web_address(value):
            sources.append(outward_link(value, f"{say['source']} ↗"))
        else:
            told = label_in(value, say) if name in _WORDED_LABELS else value
            chips.append(f"<li><i>{escape(say.get(name, name))}</i> {escape(told)}</li>")
    return f'<p class="title"{lang}>{escape(title)}</p>' if title else "", "".join(chips), "".join(sources)


def lang_attribute(language: object) -> str:
    """``lang`` of a text from outside, for those who have a page read to them; nothing where it is no language tag."""
    return f' lang="{language}"' if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", str(language or "")) else ""


def is_web_address(value: object) -> bool:
    """Whether a text from outside may become a link: ``http(s)`` with a host and no login, nothing else."""
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.username is None and value.isprintable() and " " not in value
    except ValueError:
        return False


def outward_link(address: object, text: str) -> str:
    """``text`` as a link out of the page that tells the other side nothing; only text where ``address`` is none."""
    if not text or not is_web_address(address):
        return escape(text)
    there = escape(str(address))
    return f'<a class="out" href="{there}" target="_blank" rel="noopener noreferrer" title="{there}">{escape(text)}</a>'


def _short(video_id: str) -> str:
    return escape(video_id if len(video_id) <= 24 else f"{video_id[:14]}…{video_id[-6:]}")


def reasons_list(items: Sequence[Mapping[str, Any]], title: str, css: str, say: Mapping[str, str]) -> str:
    """Items with their reasons, as a section. What needs nobody's attention is counted, and folded away."""
    if not items:
        return ""
    urgent = [item for item in items if item.get("status") not in QUIET]
    folded = "".join(
        f"<details><summary>{escape(say[word])} <b>{len(quiet)}</b></summary>{_table(quiet, say)}</details>"
        for word in QUIET
        if (quiet := [item for item in items if item.get("status") == word])
    )
    head = f"<h3>{escape(title)} <b>{len(items)}</b></h3>"
    return f'<section class="list {css}">{head}{_table(urgent, say)}{folded}</section>'


def _table(items: Sequence[Mapping[str, Any]], say: Mapping[str, str]) -> str:
    rows = "".join(
        f"<tr><td>{_named(item, say)}</td><td>{escape(reason_in(item, say) or say['no_reason'])}</td></tr>"
        for item in items
    )
    return f"<table>{rows}</table>" if rows else ""


def _named(item: Mapping[str, Any], say: Mapping[str, str]) -> str:
    name = str(item.get("title") or item.get("key") or item.get("video_id") or "")
    if item.get("clip"):
        name += f" ({clip_name(item['clip'], say)})"
    if item.get("row"):
        name += f" ({say['row']} {item['row']})"
    return outward_link(item.get("link"), name)
