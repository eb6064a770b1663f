"""An index of archived videos as JSON and as one self-contained page, built from their receipts."""

from __future__ import annotations

import json
import posixpath
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.facts import facts_in
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.pages.index.material import Nearby, all_below, named, thumbnails
from airflow_provider_sora.stores.contract import NameTakenError
from airflow_provider_sora.stores.destination import browser_address, parse_destination
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions

SCHEMA_VERSION = 1
JSON_NAME = "index.json"
HTML_NAME = "index.html"
_REPLACE_TRIES = 6


@dataclass(frozen=True, slots=True)
class IndexResult:
    """Where the index lies; ``index`` is the content of ``index.json``."""

    json_uri: str
    html_uri: str
    index: dict[str, Any]


def write_index(
    destination: str,
    *,
    options: ArchiveOptions | None = None,
    videos: Iterable[Mapping[str, Any] | str | None] | None = None,
    title: str = "",
    lang: str = "en",
    skipped: Sequence[Mapping[str, Any]] = (),
    failed: Sequence[Mapping[str, Any]] = (),
    run: Mapping[str, Any] | None = None,
    note: Mapping[str, Any] | None = None,
    submitted: tuple[int, float | None] | None = None,
    together: Sequence[str] = (),
    states: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, str]] | None = None,
) -> IndexResult:
    """Write ``index.json`` and ``index.html`` under ``destination``; existing ones are replaced by generation.

    :param videos: outputs of archive tasks, or receipts' URIs, in the order to show; None takes every receipt below
        ``destination``. Entries without a receipt are left out; a receipt that cannot be read stands among ``failed``.
    :param states: from receipts to what people decided; None leaves it out.
    :param title: the rest is as in :func:`build_index`.
    :raises ConfigurationError: the destination is wrong.
    :raises ArchiveError: the store failed, or others kept replacing the page.
    """
    from airflow_provider_sora.pages.index.page import render_page

    store = open_store(destination, options)
    nearby = Nearby(store, options)
    asked = None if videos is None else list(videos)
    for attempt in range(1, _REPLACE_TRIES + 1):
        began = time.monotonic()
        # Looked at before the receipts are read: of two writers, the one that replaces the other has read later.
        before = {name: store.look(name) for name in (JSON_NAME, HTML_NAME)}
        found = all_below(store) if asked is None else named(asked, nearby)
        known = {entry.get("key") for entry in failed}
        unread = [{"key": uri, "title": uri, "reason": why} for uri, why in found.problems if uri not in known]
        index = build_index(
            found.receipts, base=store.destination.uri, title=title, lang=lang, skipped=skipped,
            failed=[*failed, *unread], run=run, note=note, submitted=submitted, together=together,
            states=None if states is None else states(found.receipts),
        )  # fmt: skip
        page = render_page(index, thumbnails(index["videos"], nearby)).encode("utf-8", "replace")
        text = json.dumps(index, ensure_ascii=False, indent=2).encode("utf-8", "surrogatepass")
        try:
            store.replace(JSON_NAME, text, content_type="application/json", expected=before[JSON_NAME])
            store.replace(HTML_NAME, page, content_type="text/html; charset=utf-8", expected=before[HTML_NAME])
        except NameTakenError:
            if attempt < _REPLACE_TRIES:
                # Of several writers one comes through at a time: step aside, each for a while of its own.
                time.sleep(random.uniform(0, 2**attempt * (time.monotonic() - began)))
            continue
        return IndexResult(store.destination.join(JSON_NAME), store.destination.join(HTML_NAME), index)
    raise ArchiveError(
        f"The index pages of {store.destination.uri} were replaced by others {_REPLACE_TRIES} times while they were "
        "written. The videos are archived; let the task run again."
    )


def build_index(
    receipts: Sequence[Mapping[str, Any]],
    *,
    base: str,
    title: str = "",
    lang: str = "en",
    skipped: Sequence[Mapping[str, Any]] = (),
    failed: Sequence[Mapping[str, Any]] = (),
    run: Mapping[str, Any] | None = None,
    note: Mapping[str, Any] | None = None,
    submitted: tuple[int, float | None] | None = None,
    together: Sequence[str] = (),
    states: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The index as data: one entry per video, those of one family (original and its remixes) side by side.

    :param lang: ``"en"`` or ``"ja"``, for the page's own words.
    :param skipped: items that were not made, as mappings with ``title`` and ``reason``, and ``clip_uri`` where an
        earlier run's clip is theirs; ``failed`` likewise.
    :param run: ``dag_id``, ``run_id`` and the like, shown at the foot.
    :param note: shown at the top, with a ``reason``.
    :param submitted: how many jobs were submitted and their estimate in USD (None: unknown), archived or not.
    :param states: what people decided, by the video's address; None: not looked up.
    :param together: labels; originals in which all of these are equal make one family.
    """
    entries = [_entry(receipt, base) for receipt in receipts]
    for entry in entries:
        entry["review"] = (states or {}).get(entry["uri"], entry["review"])
    jobs, jobs_usd = submitted or (None, None)
    return {
        "schema_version": SCHEMA_VERSION,
        "title": title,
        "lang": lang,
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "notice": "AI generated – unreviewed",
        "note": dict(note) if note else None,
        "run": dict(run or {}),
        "totals": {
            **sums_of(entries),
            "submitted": jobs,
            "submitted_usd": jobs_usd,
            "review": None if states is None else count_states(entries),
        },
        "videos": _families(entries, together),
        "skipped": [_with_link(item, base) for item in skipped],
        "failed": [dict(item) for item in failed],
    }


def sums_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """An index's totals over its videos."""
    estimates = [entry["cost_estimate_usd"] for entry in entries if entry["kind"] == "video"]
    known = [cost for cost in estimates if cost is not None]
    return {
        "videos": len(entries),
        "seconds": round(sum(entry["seconds"] or 0 for entry in entries), 3),
        "bytes": sum(entry["bytes"] for entry in entries),
        "cost_estimate_usd": round(sum(known), 6) if known else None,
        "without_price": len(estimates) - len(known),
    }


def count_states(entries: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many of an index's videos wait for a person, and how many were decided how; drafts among them."""
    counted = dict.fromkeys(("waiting", "approved", "rejected", "change", "withdrawn"), 0)
    for entry in entries:
        word = str(entry["review"])
        counted[word if word in counted else "waiting"] += 1
    return counted


def _entry(receipt: Mapping[str, Any], base: str) -> dict[str, Any]:
    facts, objects = facts_in(receipt), receipt["objects"]
    links = {asset: _link(objects.get(asset), base) for asset in (naming.VIDEO, naming.THUMBNAIL, naming.SPRITESHEET)}
    folder = (links[naming.VIDEO] or "").rpartition("/")[0]
    return {
        "video_id": facts.video_id,
        "kind": facts.kind,
        "call": facts.call,
        "parent_id": facts.parent_id,
        "parent_chain": list(facts.parent_chain),
        "prompt": facts.prompt,
        "prompt_hidden": facts.prompt_hidden,
        "model": facts.model,
        "size": facts.size,
        "width": facts.width,
        "height": facts.height,
        "seconds": facts.seconds,
        "has_audio": facts.has_audio,
        "c2pa_manifest": facts.c2pa,
        "check": dict(facts.check),
        "bytes": facts.bytes,
        "sha256": facts.sha256,
        "uri": facts.uri,
        "links": {**links, naming.RECEIPT: f"{folder}/{naming.FILE_NAMES[naming.RECEIPT]}" if folder else None},
        "labels": dict(facts.labels),
        "cost_estimate_usd": facts.cost_estimate_usd,
        "cost_actual_usd": facts.cost_actual_usd,
        "completed_at": facts.completed_at,
        "archived_at": facts.archived_at,
        "review": facts.review,
    }


def _with_link(item: Mapping[str, Any], base: str) -> dict[str, Any]:
    """An item that was not made; where an earlier run's clip is known as ``clip_uri``, its link as ``clip_link``."""
    link = _link({"uri": item["clip_uri"]}, base) if item.get("clip_uri") else None
    return {**item, "clip_link": link} if link else {name: item[name] for name in item if name != "clip_link"}


def _link(entry: Mapping[str, Any] | None, base: str) -> str | None:
    """A link relative to the index, so that an exported copy of the bucket works from local disk too; None where the
    receipt names no place in a store."""
    if not entry:
        return None
    try:
        here, there = parse_destination(base), parse_destination(entry["uri"])
    except ConfigurationError:
        return None  # a receipt that somebody else wrote: it keeps its card, and the page the others
    if there.scheme == "javascript":
        return None
    if (here.scheme, here.bucket) != (there.scheme, there.bucket):
        return browser_address(str(entry["uri"]))
    return quote(posixpath.relpath("/" + there.prefix.lstrip("/"), "/" + here.prefix.lstrip("/")))


def _families(entries: list[dict[str, Any]], together: Sequence[str]) -> list[dict[str, Any]]:
    """Each video right behind the one it was made from; first ones keep the order given, and those whose labels belong
    together stand together. ``family`` is the id of the first."""
    known = {entry["video_id"] for entry in entries}
    children: dict[str, list[dict[str, Any]]] = {}
    roots = []
    for entry in entries:
        parent = entry["parent_id"]
        if parent in known and parent != entry["video_id"]:
            children.setdefault(parent, []).append(entry)
        else:
            roots.append(entry)
    families: dict[object, list[dict[str, Any]]] = {}
    seen: set[int] = set()
    for start in (*roots, *entries):  # the second round picks up what only a circle of parents would hide
        labels = tuple(start["labels"].get(name) for name in together)
        family = families.setdefault(labels if any(labels) else id(start), [])
        stack = [start]
        while stack:
            entry = stack.pop()
            if id(entry) not in seen:
                seen.add(id(entry))
                family.append(entry)
                stack.extend(reversed(children.get(entry["video_id"], ())))
    return [{**entry, "family": family[0]["video_id"]} for family in families.values() for entry in family]
