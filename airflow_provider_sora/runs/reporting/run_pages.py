"""The pages people open in the morning: one for each run, one for its day, and a dry run's plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from airflow_provider_sora.masking.scrub import scrub_labels
from airflow_provider_sora.pages.reason_rows import QUIET
from airflow_provider_sora.runs.items import Choice
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.places import places_of
from airflow_provider_sora.runs.reporting.behind import Behind
from airflow_provider_sora.runs.reporting.outcome import FAILED, UNCHANGED, ClipOutcome, Outcome
from airflow_provider_sora.runs.review_states import states_with
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import Reason

#: Labels that an item's clips have in common, also where none is made from the other: a second size, a variant.
_TOGETHER = ("guid", "sku", "market")


def write_pages(
    run: PlannedRun,
    choice: Choice,
    items: Sequence[Outcome],
    summary: dict[str, Any],
    behind: Behind | None = None,
) -> str:
    """Write ``index.json`` and ``index.html`` of the run and of its day; returns the address of the run's page.

    What people decided about its clips is counted, and added to ``summary`` as ``review``.

    Pages are the only objects that are ever replaced: a retry or a cleared task writes them again.

    :param choice: what the run chose (``inputs.json``).
    :param items: see :func:`~airflow_provider_sora.runs.reporting.outcome.outcomes`.
    :param behind: what was made of all of them together.
    """
    from airflow_provider_sora.pages.index.building import write_index

    behind = behind or Behind()
    others = [LeftOut(_about_further(choice, task), reason) for task, reason in behind.skipped.items()]
    left_out = _with_clips(run, [_left_out(entry) for entry in (*choice.skipped, *_made_elsewhere(items), *others)])
    if run.dry_run:
        return _write_plan(run, {**choice.to_json(), "skipped": left_out}, items, summary)
    clips = [(item, clip) for item in items for clip in item.clips]
    written = write_index(
        run.paths.url(run.paths.run),
        options=run.options,
        videos=[*behind.records, *(clip.record for _, clip in clips if clip.record)],
        title=f"{run.dag_id} · {run.paths.minute}",
        lang=_language(run),
        failed=[
            *({**_about_further(choice, task).to_json(), **why.to_json()} for task, why in behind.failed.items()),
            *(_failure(item, clip, clip.reason) for item, clip in clips if clip.reason and clip.status == FAILED),
        ],
        skipped=left_out,
        run={
            "dag_id": run.dag_id,
            "run_id": run.run_id,
            "moment": run.paths.moment.isoformat(timespec="seconds"),
            "source": choice.source,
        },
        note=choice.note.to_json() if choice.note else None,
        submitted=(summary["submitted"], summary["submitted_usd"]),
        together=_TOGETHER,
        states=states_with(run.options),
    )
    summary["review"] = written.index["totals"]["review"]
    _write_day(run)
    return written.html_uri


def _about_further(choice: Choice, task: str) -> About:
    title = str((choice.film or {}).get("title") or task)
    return About(f"{title} ({task})", title)


def _write_day(run: PlannedRun) -> None:
    from airflow_provider_sora.pages.index.building import write_index

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
        states=states_with(run.options),
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
    run: PlannedRun, document: Mapping[str, Any], items: Sequence[Outcome], summary: Mapping[str, Any]
) -> str:
    from airflow_provider_sora.pages.plan_page import render_plan

    plan = {
        **summary,
        "note": document.get("note"),
        "items": [_planned(item) for item in items],
        "skipped": document["skipped"],
    }
    text = json.dumps(plan, ensure_ascii=False, indent=2)
    _replace(run, f"{run.paths.run}/index.json", text, "application/json")
    page = render_plan(
        {**document, "items": plan["items"]},
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


def _planned(outcome: Outcome) -> dict[str, Any]:
    """An item as a dry run's page has it."""
    item = outcome.item
    return {
        **item.about.to_json(),
        "estimated_usd": item.estimated_usd,
        "warnings": list(item.warnings),
        "labels": scrub_labels(item.clip.labels),
        "submitted": outcome.submitted,
        "status": outcome.status,
        "reason": None,
        "picture": item.picture,
        "clips": [{"name": clip.name, "status": clip.status, "prompt": clip.prompt} for clip in outcome.clips],
    }


def _failure(outcome: Outcome, clip: ClipOutcome, reason: Reason) -> dict[str, Any]:
    about = outcome.item.about
    return {
        "key": about.key,
        "clip": clip.name,
        "title": about.title or about.key,
        "link": about.link,
        **reason.to_json(),
    }


def _made_elsewhere(items: Sequence[Outcome]) -> list[LeftOut]:
    """Items that need no clip of this run any more, as entries of what was left out."""
    return [LeftOut(one.item.about, one.reason) for one in items if one.reason and one.status == UNCHANGED]


def _left_out(entry: LeftOut) -> dict[str, Any]:
    about = entry.about
    named = " · ".join(dict.fromkeys(part for part in (about.title, about.key) if part))
    return {**entry.to_json(), "title": named}


def _with_clips(run: PlannedRun, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries of unchanged items lead to the clips that there are of them."""
    markers = {id(entry): str(entry.get("values", {}).get("marker") or "") for entry in entries}
    places = places_of(filter(None, markers.values()), run.paths, run.options)
    return [{**entry, "clip_uri": place} if (place := places.get(markers[id(entry)])) else entry for entry in entries]


def _replace(run: PlannedRun, name: str, text: str, content_type: str) -> str:
    """Write a page, replacing the one that is there; returns its address."""
    store = run.store.store
    store.replace(name, text.encode("utf-8", "replace"), content_type=content_type, expected=store.look(name))
    return run.paths.url(name)
