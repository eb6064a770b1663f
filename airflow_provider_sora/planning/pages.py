"""The pages people open in the morning: one for each run, one for its day, and a dry run's plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_sora.planning.inputs import PlannedRun
from airflow_provider_sora.planning.outcome import ARCHIVED, FAILED


def write_pages(
    run: PlannedRun, document: Mapping[str, Any], items: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]
) -> str:
    """Write ``index.json`` and ``index.html`` of the run and of its day; returns the address of the run's page.

    Pages are the only objects that are ever replaced: a retry or a cleared task writes them again.

    :param document: what the run chose (``inputs.json``).
    :param items: see :func:`~airflow_provider_sora.planning.outcome.outcomes`.
    """
    from airflow_provider_sora.archive.index import write_index

    if run.dry_run:
        from airflow_provider_sora.planning.plan_page import write_plan

        return write_plan(run, document, items, summary)
    clips = [(item, clip) for item in items for clip in item["clips"]]
    lang = str(run.params.get("page_language") or "en")
    written = write_index(
        run.paths.url(run.paths.run),
        options=run.options,
        videos=[clip["record"] for _, clip in clips if clip["status"] == ARCHIVED],
        title=f"{run.dag_id} · {run.paths.date} {run.paths.hhmm}",
        lang=lang,
        failed=[_failure(item, clip) for item, clip in clips if clip["status"] == FAILED],
        skipped=[_left_out(entry) for entry in document["skipped"]],
        run={
            "dag_id": run.dag_id,
            "run_id": run.run_id,
            "source": document.get("source"),
            "note": document.get("note"),
        },
    )
    _write_day(run, lang)
    return written.html_uri


def _write_day(run: PlannedRun, lang: str) -> None:
    from airflow_provider_sora.archive.index import write_index

    skipped: dict[str, dict[str, Any]] = {}
    failed: dict[tuple[str, str], dict[str, Any]] = {}
    runs = [name for name in run.store.names(f"{run.paths.day}/_runs/") if name.endswith("/index.json")]
    made: set[str] = set()
    for name in runs:
        index = run.store.get(name) or {}
        if index.get("dry_run"):
            continue
        made |= {_key_of(video.get("labels") or {}) for video in index["videos"]}
        failed.update({(entry["key"], entry["clip"]): entry for entry in index["failed"]})
        skipped.update({entry["key"]: entry for entry in index["skipped"]})
    write_index(
        run.paths.url(run.paths.day),
        options=run.options,
        title=f"{run.dag_id} · {run.paths.date}",
        lang=lang,
        failed=list(failed.values()),
        # What had to wait in the morning and was made at noon is no news in the evening.
        skipped=[e for e in skipped.values() if not (e["key"] in made and e.get("status") == "later")],
        run={"dag_id": run.dag_id},
    )


def _key_of(labels: Mapping[str, str]) -> str:
    """An item's ``key`` from its clips' labels."""
    return labels.get("guid") or f"{labels.get('sku')} {labels.get('market')}"


def _failure(item: Mapping[str, Any], clip: Mapping[str, Any]) -> dict[str, Any]:
    title = f"{item.get('title') or item['key']} ({clip['name']})"
    return {
        "key": item["key"],
        "clip": clip["name"],
        "title": title,
        "link": item.get("link"),
        "reason": clip["reason"],
    }


def _left_out(entry: Mapping[str, Any]) -> dict[str, Any]:
    key = str(entry.get("key"))
    named = " · ".join(dict.fromkeys(str(part) for part in (entry.get("title"), key) if part))
    return {**entry, "key": key, "title": f"{named} (row {entry['row']})" if entry.get("row") else named}


def replace_text(run: PlannedRun, name: str, text: str, content_type: str) -> str:
    """Write a page, replacing the one that is there; returns its address."""
    store = run.store.store
    store.replace(name, text.encode("utf-8", "replace"), content_type=content_type, expected=store.look(name))
    return run.paths.url(name)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
