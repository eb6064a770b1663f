"""Why something was not made: in English, for files, logs and errors, with a code by which a page in another language
finds its own words (:mod:`.page_words`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    "tone": (
        "skipped",
        "no clip: a story of {category}, by the word '{word}'; a person who wants one names its guid or link in the "
        "param tone_override",
    ),
    "unjudged": (
        "skipped",
        "no clip: there is no list of words to judge a story in its language by (language given: '{language}'); a "
        "person who wants one names its guid or link in the param tone_override",
    ),
    "tone_brand": (
        "skipped",
        "no clip: its texts speak of {category}, by the word '{word}', which the style {style} never illustrates",
    ),
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
    "draft": ("skipped", "a draft in the shop"),
    "unpublished": ("skipped", "not published in the shop"),
    "out_of_stock": ("skipped", "out of stock"),
    "hidden": ("skipped", "a variant that the shop does not show by itself, and its product is not in this table"),
    "scientific": (
        "skipped",
        "its sku is {sku}: a spreadsheet shortened a long number, so it is not known which product it is. Make the "
        "column a text column and export it again",
    ),
    "repeated": ("skipped", "the column {column} stands more than once; the first that is filled counts"),
    "formula": ("skipped", "{column} begins like a spreadsheet formula: '{cell}'"),
    "duplicate": ("skipped", "sku {sku} for market {market} stands in row {row} already"),
    "archived": ("unchanged", "unchanged: a clip of this photo and these texts is archived"),
    "same": ("same", "same photo and texts as {other}: see there, one clip serves both"),
    "given_up": (
        "skipped",
        "{runs} runs tried and none archived its clip, so it is tried no more: see their pages, then change its photo "
        "or texts, or run a catalogue of such rows alone with force: true",
    ),
    "jobs_used_up": (
        "skipped",
        "{jobs} paid jobs made no clip of it, and max_jobs_per_clip={limit} allows no more: see the pages of their "
        "runs, then change its photo or texts, or run a catalogue of such rows alone with force: true",
    ),
    "made_elsewhere": ("unchanged", "made by another run meanwhile ({uri}); nothing was submitted again"),
    # What an error said of a photo or of anything else, see :func:`of_photo`
    "photo_missing": ("skipped", "its photo {photo} does not exist"),
    "photo_forbidden": ("skipped", "its photo {photo} may not be read: give the run's own account the right to"),
    "photo_kind": ("skipped", "its photo {photo} is {kind}, but must be a JPEG, PNG or WebP picture"),
    "photo_damaged": ("skipped", "its photo {photo} is cut or damaged: it begins like a {kind} and cannot be read"),
    "photo_animated": ("skipped", "its photo {photo} is an animation of {frames} pictures: give one of them"),
    "photo_pixels": ("skipped", "its photo {photo} has {pixels} pixels, more than {limit}: give a smaller one"),
    "photo_large": ("skipped", "its photo {photo} is larger than the {limit} bytes allowed: give a smaller one"),
    "photo_private": ("skipped", "its photo lies on {photo}, which is no public address: put it in a bucket"),
    "photo_insecure": ("skipped", "its photo {photo} lies behind no https:// address"),
    "photo_waits": ("skipped", "its photo {photo} cannot be read for the moment: the next run tries again"),
    "photo_outside": ("skipped", "its photo leads out of the catalogue's folder: give a path below it"),
    "photo": ("skipped", "its photo cannot be used: {problem}"),
    "refused": ("skipped", "{problem}"),
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
    "error": ("failed", "{error}: {text}"),
    # Private data
    "private_photo": ("skipped", "its private photo cannot be used ({error}); look at the cell and at what it names"),
    "forgotten_since": ("unchanged", "asked to be forgotten since the run chose; nothing was submitted"),
    "forgotten": ("skipped", "asked to be forgotten; no clip about this person is made any more"),
    # Items of one's own
    "repeated_key": ("skipped", "its key stands before in the same table; each item needs a key of its own"),
    # Films
    "archived_scene": ("unchanged", "unchanged: a clip of these words, this look and this beginning is archived"),
    "same_scene": ("same", "the same words, look and beginning as {other}: one clip serves both"),
    "jobs_used_up_scene": (
        "skipped",
        "{jobs} paid jobs made no clip of it, and max_jobs_per_clip={limit} allows no more: see the pages of their "
        "runs, then change its words, or give it another take",
    ),
    "no_beginning": ("failed", "not made: it starts on the last frame of {scene}, and that is not there"),
    "holes": ("failed", "no film was cut, for these scenes are missing: {scenes}"),
    "same_film": ("unchanged", "the film of these clips is there: {uri}"),
    "no_film": ("later", "nothing was to be cut"),
    # Whole runs
    "backfill": ("note", "a backfill run without an inputs.json makes nothing"),
    "closed": ("note", "a later run ({by}) closed this one before it had chosen; it makes nothing"),
    "never_chose": (
        "note",
        "nothing was made or paid: the run stopped before it chose its items. {error}",
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was not made.

    :param status: ``skipped``, ``same``, ``unchanged``, ``later``, ``corrected``, ``failed`` or ``note``.
    :param text: in English.
    :param code: ours, by which a page finds its own words, with their ``values``; None for
        somebody else's words.
    """

    status: str
    text: str
    code: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """``status`` and ``reason``; where the reason is ours, ``code`` and ``values`` too."""
        ours = {"code": self.code, "values": dict(self.values)} if self.code else {}
        return {"status": self.status, "reason": self.text, **ours}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any], *, status: str = "skipped") -> Reason:
        """What :meth:`to_json` wrote, also as part of an entry that says more.

        :param status: of an entry that gives none.
        """
        code = entry.get("code")
        return cls(
            entry.get("status") or status, str(entry["reason"]), code, (entry.get("values") or {}) if code else {}
        )

    def keys(self) -> Iterable[str]:
        """With this, ``{**about, **reason}`` is the entry of an item that was left out."""
        return self.to_json().keys()

    def __getitem__(self, name: str) -> Any:
        return self.to_json()[name]


def because(code: str, **values: object) -> Reason:
    """A reason of ours."""
    status, text = _REASONS[code]
    return Reason(status, text.format(**values), code, values)


def as_told(error: SoraError) -> Reason:
    """An error as the reason why something is left out: quoted, in English, without the step for who wrote the DAG."""
    return because("refused", problem=error.happened)


def of_photo(error: SoraError) -> Reason:
    """What is wrong with an item's photo, in words of the shop, by the error's own code; else quoted, in English.

    Errors are written for whoever wrote the DAG; on a page they stand beside a row of a catalogue.
    """
    code = f"photo_{error.reason}"
    if code in _REASONS:
        return because(code, **error.values)
    return because("photo", problem=error.happened)


def of_failure(error: object) -> Reason:
    """What a failed task leaves: its error's class and text, or Airflow's own word where it ended without one."""
    if isinstance(error, BaseException):
        name = type(error).__name__
        return because("error", error=name, text=str(error)[: 998 - len(name)])
    return Reason("failed", str(error or "unknown error")[:1000])
