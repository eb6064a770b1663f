"""A dry run's page: every prompt in full, the fitted pictures, the lint's warnings and what it would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import Any

from airflow_provider_sora.planning.inputs import PlannedRun

_PAGE = Template("""<!doctype html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
<title>$title</title><style>
:root{--ink:#1b1d22;--soft:#676c78;--line:#e3e5ea;--paper:#f6f7f9;--card:#fff;--warm:#b4540a}
@media (prefers-color-scheme:dark){:root{--ink:#eceef2;--soft:#9aa1ad;--line:#2c3038;--paper:#131519;--card:#1c1f25;--warm:#f0a35e}}
body{margin:0 auto;max-width:1100px;padding:28px 24px;background:var(--paper);color:var(--ink);
font:15px/1.55 system-ui,"Segoe UI","Noto Sans CJK JP","Hiragino Sans","Yu Gothic UI","IPAGothic",sans-serif}
h1{font-size:26px;margin:0 0 6px}h2{font-size:17px;margin:0 0 2px;overflow-wrap:anywhere}p{margin:4px 0}
.soft{color:var(--soft);font-size:13px;overflow-wrap:anywhere}.warn{color:var(--warm)}
.item{display:grid;grid-template-columns:minmax(0,1fr);gap:16px;background:var(--card);border:1px solid var(--line);
border-radius:12px;padding:18px;margin:16px 0}.item.pic{grid-template-columns:320px minmax(0,1fr)}
@media (max-width:700px){.item.pic{grid-template-columns:minmax(0,1fr)}}
img{width:100%;border-radius:8px;background:#000}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--paper);border-radius:8px;padding:10px 12px;margin:6px 0;font:13px/1.6 inherit}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line)}
td{border-top:1px solid var(--line);padding:6px 12px;vertical-align:top;overflow-wrap:anywhere}td:first-child{width:40%}
</style></head><body><h1>$title</h1><p>$head</p>$items$skipped<p class="soft">$foot</p></body></html>
""")
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
        f"<tr><td>{escape(str(e.get('title') or e['key']))}</td><td>{escape(str(e['reason']))}</td></tr>"
        for e in document["skipped"]
    )
    return _PAGE.substitute(
        lang=lang,
        title=escape(f"{run.dag_id} · {run.paths.date} {run.paths.hhmm}"),
        head=f"<b>{escape(nothing)}.</b> {clips} {escape(planned)}, {escape(estimated)} {_usd(cost, unknown)}",
        items="".join(_item(item, unknown) for item in items),
        skipped=f"<h2>{escape(left_out)}</h2><table>{rows}</table>" if rows else "",
        foot=escape(f"{run.run_id} · {document.get('source') or ''}"),
    )


def _item(item: Mapping[str, Any], unknown: str) -> str:
    facts = " · ".join(escape(str(item[name])) for name in ("key", "language", "link") if item.get(name))
    prompts = "".join(f"<p class=soft>{escape(c['name'])}</p><pre>{escape(c['prompt'])}</pre>" for c in item["clips"])
    warnings = "".join(f'<p class="warn">⚠ {escape(text)}</p>' for text in item["warnings"])
    picture = f'<div><img src="{escape(item["picture"])}" alt=""></div>' if item.get("picture") else ""
    return (
        f'<section class="item{" pic" if picture else ""}">{picture}<div><h2>{escape(str(item.get("title") or ""))}</h2>'
        f'<p class="soft">{facts} · {_usd(item["estimated_usd"], unknown)}</p>{prompts}{warnings}</div></section>'
    )


def _usd(cost: float | None, unknown: str) -> str:
    return escape(unknown) if cost is None else f"${cost:.2f}"
