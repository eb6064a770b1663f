"""Documents of pages with a hostile text in every place that can hold one."""

from __future__ import annotations

from typing import Any

#: Each would run a script if it came out of a page as it went in.
HOSTILE = (
    '"><script>window.ran=1</script>',
    "'\"><img src=x onerror=window.ran=1>",
    "</title></style></pre><svg onload=window.ran=1>",
    '" autofocus onfocus="window.ran=1',
    "javascript:window.ran=1",
    "data:text/html,<script>window.ran=1</script>",
    "{{ 7 * 6 }}{% raw %}",
    "java\tscript:window.ran=1",
)


def run_index(evil: str, lang: str = "en") -> dict[str, Any]:
    """An ``index.json`` with ``evil`` in every text; its shape is the stored one."""
    links = dict.fromkeys(("video", "thumbnail", "spritesheet", "receipt"), evil)
    labels = dict.fromkeys(("title", "guid", "language", "scene", "tone_override", "article_url", evil), evil)
    parent = {
        "video_id": evil, "kind": evil, "call": evil, "parent_id": None, "parent_chain": [], "prompt": evil,
        "prompt_hidden": False, "model": evil, "size": evil, "width": evil, "height": evil, "seconds": 4.0,
        "has_audio": True, "c2pa_manifest": True, "check": {"result": evil}, "bytes": 1, "sha256": evil, "uri": evil,
        "links": links, "labels": labels, "cost_estimate_usd": 0.4, "cost_actual_usd": None, "completed_at": evil,
        "archived_at": evil, "review": evil, "family": evil,
    }  # fmt: skip
    child = {**parent, "video_id": f"{evil} 2", "parent_id": evil, "prompt_hidden": True, "cost_estimate_usd": None}
    totals = {
        "videos": 2, "seconds": 8.0, "bytes": 2, "cost_estimate_usd": 0.4, "without_price": 1, "submitted": 2,
        "submitted_usd": None,
    }  # fmt: skip
    return {
        "schema_version": 1, "title": evil, "lang": lang, "generated_at": evil, "notice": evil,
        "note": {"reason": evil}, "run": {"dag_id": evil, "source": evil}, "totals": totals, "videos": [parent, child],
        "skipped": entries(evil), "failed": entries(evil),
    }  # fmt: skip


def entries(evil: str) -> list[dict[str, Any]]:
    """What was not made: loud ones and those that are folded away."""
    about = {"key": evil, "title": evil, "link": evil, "row": evil, "clip": evil}
    coded = {"code": "blocked", "values": {"term": evil}}
    statuses = ("failed", "unchanged", "same", "later")
    return [{**about, "status": status, "reason": evil} for status in statuses] + [
        {**about, "status": "skipped", "reason": evil, **coded}
    ]


def plan(evil: str) -> dict[str, Any]:
    """A dry run's choice with ``evil`` in every text."""
    item = {
        "key": evil, "title": evil, "link": evil, "language": evil, "picture": evil, "estimated_usd": None,
        "warnings": [evil], "labels": {"scene": evil, "tone_override": evil}, "clips": [{"name": evil, "prompt": evil}],
    }  # fmt: skip
    shown = {**item, "picture": f"pictures/{evil.replace(':', ' ')}", "link": f"https://shop.example/{evil}"}
    return {
        "items": [item, shown], "skipped": entries(evil), "note": {"reason": evil}, "source": evil,
        "estimated_usd": 1.2,
    }  # fmt: skip
