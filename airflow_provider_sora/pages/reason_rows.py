"""Items that were not made, as pages show them: each with its reason, and what needs nobody's attention set apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.pages.safe_links import file_address
from airflow_provider_sora.words.page_words import clip_name, reason_in

#: Statuses of items that were not made and need nobody's attention.
QUIET = ("unchanged", "same", "later")


@dataclass(frozen=True, slots=True)
class Row:
    """An item, where it is on the web (anybody's text), and why it was not made.

    :param clip: address of the clip that an earlier run made of it, or blank.
    """

    name: str
    link: object
    reason: str
    clip: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows that are folded away under a title."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """What the macro ``reason_list`` shows; nothing where ``count`` is 0."""

    title: str
    css: str
    count: int
    urgent: tuple[Row, ...]
    folded: tuple[Fold, ...]


def reasons_of(items: Sequence[Mapping[str, Any]], title: str, css: str, say: Mapping[str, str]) -> Reasons:
    """Entries of ``failed`` or ``skipped``, in the page's words.

    :param css: class of the list: ``failed`` or ``skip``.
    """

    def rows(status: str | None) -> tuple[Row, ...]:
        """Those of a quiet status, or (None) all others."""
        return tuple(
            _row(item, say)
            for item in items
            if (item.get("status") == status if status else item.get("status") not in QUIET)
        )

    folded = (Fold(say[status], rows(status)) for status in QUIET)
    return Reasons(title, css, len(items), rows(None), tuple(fold for fold in folded if fold.rows))


def note_in(note: Mapping[str, Any] | None, say: Mapping[str, str]) -> str:
    """What the macro ``note_line`` shows."""
    return reason_in(note, say) if note else ""


def _row(item: Mapping[str, Any], say: Mapping[str, str]) -> Row:
    name = str(item.get("title") or item.get("key") or item.get("video_id") or "")
    if item.get("clip"):
        name += f" ({clip_name(item['clip'], say)})"
    if item.get("row"):
        name += f" ({say['row']} {item['row']})"
    return Row(name, item.get("link"), reason_in(item, say) or say["no_reason"], file_address(item.get("clip_link")))
