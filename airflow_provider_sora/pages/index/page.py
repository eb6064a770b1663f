"""The index as one HTML page: no script from elsewhere, no font, no request but for the videos beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.pages.cards import families
from airflow_provider_sora.pages.reason_rows import note_in, reasons_of
from airflow_provider_sora.pages.rendering import render
from airflow_provider_sora.words.page_words import words


def render_page(index: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """The page of an index; ``pictures`` maps video ids to data URLs of their thumbnails."""
    say = words(str(index["lang"]))
    return render(
        "index.html",
        say=say,
        title=index["title"] or say["title"],
        note=note_in(index["note"], say),
        totals=index["totals"],
        families=families(index["videos"], pictures, say),
        failed=reasons_of(index["failed"], say["failed"], "failed", say),
        skipped=reasons_of(index["skipped"], say["skipped"], "skip", say),
        foot=[f"{say['generated']} {index['generated_at']}", *(value for value in index["run"].values() if value)],
    )
