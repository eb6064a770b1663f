"""What a person looks for on the shelf, as a condition of SQL, and the page of clips that answers it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.gallery.clips import Clip

#: The origin of the newest family about the same subject: that one is current.
NEWEST_ORIGIN = (
    "(SELECT newer.origin FROM clip AS newer WHERE newer.subject = clip.subject AND newer.origin = newer.video_id "
    "ORDER BY newer.archived_at DESC, newer.folder DESC LIMIT 1)"
)


@dataclass(frozen=True, slots=True)
class Search:
    """What a person looks for; blank means: all.

    :param dag_ids: only clips of these DAGs are ever returned, whatever else is asked: the caller's permission.
    :param current: only what is current of its subject (and what has none), or only what is superseded.
    :param review: how it stands with people, a word of ``gallery.trail``.
    :param text: words that must all occur, in title, prompt, model, id or labels.
    :param after: the last clip of the page before, as :meth:`Page.next` gave it.
    """

    dag_ids: Sequence[str]
    text: str = ""
    dag_id: str = ""
    run_id: str = ""
    task_id: str = ""
    map_index: int | None = None
    model: str = ""
    review: str = ""
    day: str = ""
    labels: Sequence[tuple[str, str]] = ()
    subject: tuple[str, ...] | None = None
    current: bool | None = None
    after: str = ""
    limit: int = 48


@dataclass(frozen=True, slots=True)
class Page:
    """Clips, newest first.

    :param next: what to ask for the following ones, blank at the end.
    :param total: how many there are on all pages; ``cost``: what they cost together in USD, as billed or else as
        estimated, but for the ``unpriced`` ones.
    """

    clips: tuple[Clip, ...]
    next: str = ""
    total: int = 0
    cost: float = 0.0
    unpriced: int = 0


@dataclass(slots=True)
class Where:
    terms: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, term: str, *values: Any) -> None:
        self.terms.append(term)
        self.values.extend(values)

    def __str__(self) -> str:
        return " AND ".join(self.terms) or "1"


def where_of(search: Search) -> Where:
    where = Where()
    where.add(f"dag_id IN ({', '.join('?' * len(search.dag_ids))})", *search.dag_ids)
    for column in ("dag_id", "run_id", "task_id", "model", "review"):
        if value := getattr(search, column):
            where.add(f"{column} = ?", value)
    if search.map_index is not None:
        where.add("map_index = ?", search.map_index)
    if search.day:
        where.add("substr(archived_at, 1, 10) = ?", search.day)
    if search.subject is not None:
        where.add("subject = ?", json.dumps(search.subject))
    if search.current is not None:
        test = "IS NULL OR clip.origin = " if search.current else "IS NOT NULL AND clip.origin != "
        where.add(f"(clip.subject {test}{NEWEST_ORIGIN})")
    for word in search.text.casefold().split()[:10]:
        where.add("instr(words, ?)", word)
    for name, value in search.labels:
        where.add(
            "EXISTS (SELECT 1 FROM label WHERE label.archive = clip.archive AND label.folder = clip.folder "
            "AND label.name = ? AND label.value = ?)",
            name,
            value,
        )
    return where
