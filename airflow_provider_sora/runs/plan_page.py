"""A dry run's page: every prompt in full, the fitted pictures, the lint's warnings and what it would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Any

from airflow_provider_sora.pages.index_page import lang_attribute, note_line, outward_link, reasons_list
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.words.page_words import clip_name, label_in, warning_in, words

#: Labels that say why a clip looks as it will, and why it is made at all.
_LABELS = ("scene", "tone_override")


def render_plan(run: PlannedRun, document: Mapping[str, Any], items: Sequence[Mapping[str, Any]], lang: str) -> str:
    """The page. All text from feed and catalogue is escaped.

    :param document: what the run chose, its left-out entries with titles as pages show them.
    :param items: see :func:`~airflow_provider_sora.runs.report.report`.
    """
    say = words(lang)
    clips = sum(len(item["clips"]) for item in items)
    template = resources.files("airflow_provider_sora.runs").joinpath("plan.template.html").read_text("utf-8")
    return Template(template).substitute(
        lang=say["lang"],
        title=escape(f"{run.dag_id} · {run.paths.minute}"),
        head=f"<b>{escape(say['dry_run'])}</b> "
        + escape(say["planned"].format(clips=clips, cost=_usd(document.get("estimated_usd"), say))),
        note=note_line(document.get("note"), say),
        items="".join(_item(item, say) for item in items),
        skipped=reasons_list(document["skipped"], say["skipped"], "skip", say),
        foot=escape(f"{run.run_id} · {document.get('source') or ''}"),
    )


def _item(item: Mapping[str, Any], say: Mapping[str, str]) -> str:
    told = [str(item[name]) for name in ("key", "language") if item.get(name)]
    told += [f"{say[name]}: {label_in(item['labels'][name], say)}" for name in _LABELS if item["labels"].get(name)]
    facts = escape(" · ".join(told))
    name, lang = str(item.get("title") or item.get("key") or ""), lang_attribute(item.get("language"))
    prompts = "".join(
        f"<p class=soft>{escape(clip_name(clip['name'], say))}</p><pre{lang}>{escape(clip['prompt'])}</pre>"
        for clip in item["clips"]
    )
    warnings = "".join(f'<p class="warn">⚠ {escape(warning_in(text, say))}</p>' for text in item["warnings"])
    picture = f'<div><img src="{escape(item["picture"])}" alt="{escape(name)}"></div>' if item.get("picture") else ""
    title = outward_link(item.get("link"), name)
    return (
        f'<section class="item{" pic" if picture else ""}">{picture}<div><h2{lang}>{title}</h2>'
        f'<p class="soft">{facts} · {escape(_usd(item["estimated_usd"], say))}</p>{prompts}{warnings}</div></section>'
    )


def _usd(cost: float | None, say: Mapping[str, str]) -> str:
    return say["cost_unknown"] if cost is None else f"${cost:.2f}"
