"""Why something was not made: in English, for files, logs and errors, with a code by which a page in another language
finds its own words (``archive/index_words.py``)."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora.exceptions import SoraError

#: Code: status and text. ``later``, ``same`` and ``unchanged`` need nobody's attention, so pages fold them away.
_REASONS: dict[str, tuple[str, str]] = {
    # Feeds and articles
    "untitled": ("skipped", "no title and no text"),
    "damaged": ("skipped", "its title holds characters that cannot be read: damaged, or in another encoding than said"),
    "unreadable": ("skipped", "cannot be read ({problem})"),
    "twice": ("same", "the same story stands twice in the feed: link or guid, and the text, are the same"),
    "same_story": ("same", "the same story as '{title}' in {feed}: link or guid, and the text, are the same"),
    "other_feed": ("same", "the same story as '{title}' in {feed}, with another text; the first feed's counts"),
    "cut_off": ("skipped", "the feed ends in the middle; what stands before that was read"),
    "cut_article": ("skipped", "the feed ends in the middle of an article; that one waits until it is whole"),
    "not_modified": ("unchanged", "nothing new: its server says that it has not changed (HTTP 304)"),
    "blocked": ("skipped", "blocked: it holds the term '{term}'"),
    "future": ("skipped", "dated in the future ({published}); taken once that time has come"),
    "old": ("skipped", "older than {hours} hours ({published})"),
    "corrected": ("corrected", "corrected: its text changed since its clip was made"),
    "same_prompt": ("unchanged", "its text changed since its clip was made, but not what a clip of it would show"),
    "taken": ("unchanged", "made before: an earlier run took it, see {folder}"),
    "taken_now": ("unchanged", "another run took it at the same time"),
    # Catalogues and products
    "no_object": ("skipped", "not a JSON object"),
    "no_json": ("skipped", "not readable as JSON: {problem}"),
    "no_csv": ("skipped", "not readable as CSV in line {line}: {problem}"),
    "cells": ("skipped", "{cells} cells where the header has {columns}"),
    "empty": ("skipped", "no {columns}"),
    "formula": ("skipped", "{column} begins like a spreadsheet formula: '{cell}'"),
    "duplicate": ("skipped", "sku {sku} for market {market} stands in row {row} already"),
    "archived": ("unchanged", "unchanged: a clip of this photo and these texts is archived"),
    "same": ("same", "same photo and texts as {other}: see there, one clip serves both"),
    "given_up": (
        "skipped",
        "{runs} runs tried and none archived its clip, so it is tried no more: see their pages, then change its photo "
        "or texts, or run a catalogue of such rows alone with force: true",
    ),
    "made_elsewhere": ("unchanged", "made by another run meanwhile ({uri}); nothing was submitted again"),
    # Limits
    "max_items": ("later", "left for a later run: max_items={limit} is reached"),
    "used_up": ("later", "left for a later run: {limit} is used up (this item: {usd})"),
    "too_dear": ("skipped", "costs {usd}, more than {limit}={usd_limit} allows at all"),
    # What became of a clip
    "not_archived": ("failed", "made and paid for, but not archived: see the log of its archive task"),
    "stopped": (
        "failed",
        "submitted as {video_id}, but its task was stopped before it could say why: clear it to go on with that job, "
        "which is paid for once",
    ),
    "not_made": ("failed", "not made: the clip it starts from failed, or its task was stopped; see the task's log"),
    # Whole runs
    "backfill": ("note", "a backfill run without an inputs.json makes nothing"),
    "closed": ("note", "a later run ({by}) closed this one before it had chosen; it makes nothing"),
    "never_chose": (
        "note",
        "nothing was made or paid: the run stopped before it chose its items. {error}",
    ),
}


class Reason(dict[str, Any]):
    """What an entry says of why something was not made: ``status``, ``reason``, ``code`` and ``values``."""


def because(code: str, **values: object) -> Reason:
    """A reason of ours."""
    status, text = _REASONS[code]
    return Reason(status=status, reason=text.format(**values), code=code, values=values)


def as_told(error: SoraError) -> Reason:
    """A reason that is an error's own text, which is English on every page."""
    return Reason(status="skipped", reason=error.message)


def codes() -> tuple[str, ...]:
    """Every code there is, so that a test can ask for its translation."""
    return tuple(_REASONS)
