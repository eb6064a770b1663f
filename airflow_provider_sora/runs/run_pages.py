"""The pages people open in the morning: one for each run, one for its day, and a dry run's plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from airflow_provider_sora.pages.reason_rows import QUIET
from airflow_provider_sora.runs.outcome import ARCHIVED, FAILED, UNCHANGED
from airflow_provider_sora.runs.planned import PlannedRun

#: Labels that an item's clips have in common, also where none is made from the other: a second size, a variant.
_TOGETHER = ("guid", "sku", "market")


def write_pages(
    run: PlannedRun, document: Mapping[str, Any], items: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]
) -> str:
    """Write ``index.json`` and ``index.html`` of the run and of its day; returns the address of the run's page.

    Pages are the only objects that are ever replaced: a retry or a cleared task writes them again.

    :param document: what the run chose (``inputs.json``).
    :param items: see :func:`~airflow_provider_sora.runs.outcome.outcomes`.
    """
    from airflow_provider_sora.pages.index import write_index

    left_out = [_left_out(entry) for entry in (*document["skipped"], *_made_elsewhere(items))]
    if run.dry_run:
        return _write_plan(run, {**document, "skipped": left_out}, items, summary)
    clips = [(item, clip) for item in items for clip in item["clips"]]
    written = write_index(
        run.paths.url(run.paths.run),
        options=run.options,
        videos=[clip["record"] for _, clip in clips if clip["status"] == ARCHIVED],
        title=f"{run.dag_id} · {run.paths.minute}",
        lang=_language(run),
        failed=[_failure(item, clip) for item, clip in clips if clip["status"] == FAILED],
        skipped=left_out,
        run={
            "dag_id": run.dag_id,
            "run_id": run.run_id,
            "moment": run.paths.moment.isoformat(timespec="seconds"),
            "source": document.get("source"),
        },
        note=document.get("note"),
        submitted=(summary["submitted"], summary["submitted_usd"]),
        together=_TOGETHER,
    )
    _write_day(run)
    return written.html_uri


def _write_day(run: PlannedRun) -> None:
    from airflow_provider_sora.pages.index import write_index

    names = [name for name in run.store.names(f"{run.paths.day}/_runs/") if name.endswith("/index.json")]
    indexes = [index for index in map(run.store.get, names) if index and not index.get("dry_run")]
    failed, skipped = _last_word(indexes)
    costs = [index["totals"]["submitted_usd"] for index in indexes]
    write_index(
        run.paths.url(run.paths.day),
        options=run.options,
        title=f"{run.dag_id} · {run.paths.date}",
        lang=_language(run),
        failed=failed,
        skipped=skipped,
        run={"dag_id": run.dag_id},
        submitted=(
            sum(index["totals"]["submitted"] for index in indexes),
            None if None in costs else round(sum(costs), 6),
        ),
        together=_TOGETHER,
    )


def _last_word(indexes: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What a day's runs say of items that were not made: of each item, what the last run that had it says.

    That an item is unchanged, or has to wait, is no news of one that was made or failed this day.
    """
    failed: dict[str, list[dict[str, Any]]] = {}
    skipped: dict[str, list[dict[str, Any]]] = {}
    made: set[str] = set()
    for index in sorted(indexes, key=lambda index: datetime.fromisoformat(index["run"]["moment"])):
        made |= {_key_of(video["labels"]) for video in index["videos"]}
        fell_short = _by_key(index["failed"])
        for key in {_key_of(video["labels"]) for video in index["videos"]} | set(fell_short):
            failed.pop(key, None)
            skipped.pop(key, None)
        failed |= fell_short
        skipped |= _by_key(
            entry
            for entry in index["skipped"]
            if entry["status"] not in QUIET or not (entry["key"] in made or entry["key"] in failed)
        )
    return [e for entries in failed.values() for e in entries], [e for entries in skipped.values() for e in entries]


def _by_key(entries: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        found.setdefault(entry["key"], []).append(entry)
    return found


def _write_plan(
    run: PlannedRun, document: Mapping[str, Any], items: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]
) -> str:
    from airflow_provider_sora.pages.plan_page import render_plan

    plan = {**summary, "note": document.get("note"), "items": list(items), "skipped": document["skipped"]}
    text = json.dumps(plan, ensure_ascii=False, indent=2)
    _replace(run, f"{run.paths.run}/index.json", text, "application/json")
    page = render_plan(
        {**document, "items": items},
        title=f"{run.dag_id} · {run.paths.minute}",
        run_id=run.run_id,
        lang=_language(run),
    )
    return _replace(run, f"{run.paths.run}/index.html", page, "text/html; charset=utf-8")


def _language(run: PlannedRun) -> str:
    return str(run.params.get("page_language") or "en")


def _key_of(labels: Mapping[str, str]) -> str:
    """An item's ``key`` from its clips' labels."""
    return labels.get("guid") or f"{labels.get('sku')} {labels.get('market')}"


def _failure(item: Mapping[str, Any], clip: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": item["key"],
        "clip": clip["name"],
        "title": item.get("title") or item["key"],
        "link": item.get("link"),
        **{name: clip[name] for name in ("status", "reason", "code", "values") if name in clip},
    }


def _made_elsewhere(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Items that need no clip of this run any more, as entries of what was left out."""
    found = []
    for item in items:
        clip = next((clip for clip in item["clips"] if clip["status"] == UNCHANGED), None)
        if clip and item["status"] == UNCHANGED:
            about = {name: item.get(name) for name in ("key", "title", "link", "language", "row")}
            found.append({**about, **{name: clip[name] for name in ("status", "reason", "code", "values")}})
    return found


def _left_out(entry: Mapping[str, Any]) -> dict[str, Any]:
    key = str(entry.get("key"))
    named = " · ".join(dict.fromkeys(str(part) for part in (entry.get("title"), key) if part))
    return {**entry, "key": key, "title": named}


def _replace(run: PlannedRun, name: str, text: str, content_type: str) -> str:
    """Write a page, replacing the one that is there; returns its address."""
    store = run.store.store
    store.replace(name, text.encode("utf-8", "replace"), content_type=content_type, expected=store.look(name))
    return run.paths.url(name)
