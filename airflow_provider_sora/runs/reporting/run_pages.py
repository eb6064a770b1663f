"""The pages people open in the morning: one for each run, one for its day, and a dry run's plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from airflow_provider_sora.masking.scrub import scrub_labels
from airflow_provider_sora.pages.reason_rows import QUIET
from airflow_provider_sora.runs.items import Choice
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.places import places_of
from airflow_provider_sora.runs.reporting.behind import Behind
from airflow_provider_sora.runs.reporting.outcome import FAILED, UNCHANGED, ClipOutcome, Outcome
from airflow_provider_sora.runs.reporting.summary import Summary
from airflow_provider_sora.runs.review_states import states_with
from airflow_provider_sora.words.left_out import About, LeftOut
from airflow_provider_sora.words.reasons import Reason

#: Labels that an item's clips have in common, also where none is made from the other: a second size, a variant.
_TOGETHER = ("guid", "sku", "market")


def write_pages(
    run: PlannedRun,
    choice: Choice,
    items: Sequence[Outcome],
    summary: Summary,
    behind: Behind | None = None,
) -> Summary:
    """Write ``index.json`` and ``index.html`` of the run and of its day.

    Pages are the only objects that are ever replaced: a retry or a cleared task writes them again.

    :param choice: what the run chose (``inputs.json``).
    :param items: see :func:`~airflow_provider_sora.runs.reporting.outcome.outcomes`.
    :param behind: what was made of all of them together.
    :returns: the summary with the address of the run's page, and with what people decided about its clips.
    """
    from airflow_provider_sora.pages.index.building import write_index

    behind = behind or Behind()
    others = [LeftOut(_about_further(choice, task), reason) for task, reason in behind.skipped.items()]
    left_out = _left_out(run, [*choice.skipped, *_made_elsewhere(items), *others])
    if run.dry_run:
        return replace(summary, index=_write_plan(run, choice, left_out, items, summary))
    clips = [(item, clip) for item in items for clip in item.clips]
    written = write_index(
        run.paths.url(run.paths.run),
        options=run.options,
        videos=[*behind.receipts, *(clip.made.receipt_uri for _, clip in clips if clip.made)],
        title=f"{run.dag_id} · {run.paths.minute}",
        lang=run.page_language,
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
        submitted=(summary.submitted, summary.submitted_usd),
        together=_TOGETHER,
        states=states_with(run.options),
    )
    _write_day(run)
    return replace(summary, index=written.html_uri, review=written.index["totals"]["review"])


def _about_further(choice: Choice, task: str) -> About:
    title = (choice.film and choice.film.title) or task
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
        lang=run.page_language,
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
    run: PlannedRun, choice: Choice, left_out: list[dict[str, Any]], items: Sequence[Outcome], summary: Summary
) -> str:
    from airflow_provider_sora.pages.plan_page import render_plan
    from airflow_provider_sora.pages.replacing import HTML, JSON, Page, replace_pages

    document = choice.to_json()
    shown = {"items": [_planned(item) for item in items], "skipped": left_out}
    plan = {**summary.to_json(), "note": document.get("note"), **shown}
    text = json.dumps(plan, ensure_ascii=False, indent=2)
    page = render_plan(
        {**document, **shown},
        title=f"{run.dag_id} · {run.paths.minute}",
        run_id=run.run_id,
        lang=run.page_language,
    )
    pages = [
        Page(f"{run.paths.run}/index.json", text.encode("utf-8", "replace"), JSON),
        Page(f"{run.paths.run}/index.html", page.encode("utf-8", "replace"), HTML),
    ]
    replace_pages(run.store.store, [one.name for one in pages], lambda: pages)
    return run.paths.url(pages[1].name)


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


def _left_out(run: PlannedRun, entries: Sequence[LeftOut]) -> list[dict[str, Any]]:
    """What was left out as pages have it; unchanged items lead to the clips that there are of them."""
    markers = [str(entry.reason.values.get("marker") or "") for entry in entries]
    places = places_of(filter(None, markers), run.paths, run.options)
    told = []
    for entry, marker in zip(entries, markers, strict=True):
        title = " · ".join(dict.fromkeys(part for part in (entry.about.title, entry.about.key) if part))
        place = {"clip_uri": places[marker]} if places.get(marker) else {}
        told.append({**entry.to_json(), "title": title, **place})
    return told
