"""A dry run's page: every prompt in full, the fitted pictures, the lint's warnings and what it would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Any

from airflow_provider_sora.archive.index_page import outward_link
from airflow_provider_sora.planning.inputs import PlannedRun

_WORDS = {
    "en": ("Dry run: nothing was submitted", "clips planned", "estimated", "unknown: no price", "Left out"),
    "ja": ("予行: 何も送信していません", "本を予定", "見積もり", "不明(単価なし)", "対象外"),
}


def write_plan(
    run: PlannedRun, document: Mapping[str, Any], items: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]
) -> str:
    """Write ``index.json`` and ``index.html`` of a dry run; returns the page's address."""
    from airflow_provider_sora.planning.pages import as_json, replace_text

    plan = {**summary, "items": list(items), "skipped": document["skipped"]}
    replace_text(run, f"{run.paths.run}/index.json", as_json(plan), "application/json")
    lang = "ja" if str(run.params.get("page_language") or "en").startswith("ja") else "en"
    page = render_plan(run, document, items, lang)
    return replace_text(run, f"{run.paths.run}/index.html", page, "text/html; charset=utf-8")


def render_plan(run: PlannedRun, document: Mapping[str, Any], items: Sequence[Mapping[str, Any]], lang: str) -> str:
    """The page. All text from feed and catalogue is escaped."""
    nothing, planned, estimated, unknown, left_out = _WORDS[lang]
    cost = document.get("estimated_usd")
    clips = sum(len(item["clips"]) for item in items)
    rows = "".join(
        f"<tr><td>{outward_link(e.get('link'), str(e.get('title') or e['key']))}</td>"
        f"<td>{escape(str(e['reason']))}</td></tr>"
        for e in document["skipped"]
    )
    template = resources.files("airflow_provider_sora.planning").joinpath("plan.template.html").read_text("utf-8")
    return Template(template).substitute(
        lang=lang,
        title=escape(f"{run.dag_id} · {run.paths.date} {run.paths.hhmm}"),
        head=f"<b>{escape(nothing)}.</b> {clips} {escape(planned)}, {escape(estimated)} {_usd(cost, unknown)}",
        items="".join(_item(item, unknown) for item in items),
        skipped=f"<h2>{escape(left_out)}</h2><table>{rows}</table>" if rows else "",
        foot=escape(f"{run.run_id} · {document.get('source') or ''}"),
    )


def _item(item: Mapping[str, Any], unknown: str) -> str:
    facts = " · ".join(escape(str(item[name])) for name in ("key", "language") if item.get(name))
    prompts = "".join(f"<p class=soft>{escape(c['name'])}</p><pre>{escape(c['prompt'])}</pre>" for c in item["clips"])
    warnings = "".join(f'<p class="warn">⚠ {escape(text)}</p>' for text in item["warnings"])
    picture = f'<div><img src="{escape(item["picture"])}" alt=""></div>' if item.get("picture") else ""
    title = outward_link(item.get("link"), str(item.get("title") or item.get("key") or ""))
    return (
        f'<section class="item{" pic" if picture else ""}">{picture}<div><h2>{title}</h2>'
        f'<p class="soft">{facts} · {_usd(item["estimated_usd"], unknown)}</p>{prompts}{warnings}</div></section>'
    )


def _usd(cost: float | None, unknown: str) -> str:
    return escape(unknown) if cost is None else f"${cost:.2f}"
