"""A dry run's page: every prompt in full, the fitted pictures, the lint's warnings and what it would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.pages.cards import WORDED_LABELS
from airflow_provider_sora.pages.reason_rows import note_in, reasons_of
from airflow_provider_sora.pages.rendering import render
from airflow_provider_sora.pages.safe_links import file_address, language_tag
from airflow_provider_sora.words.page_words import clip_name, label_in, warning_in, words


@dataclass(frozen=True, slots=True)
class PlannedClip:
    """A clip's name, in the page's words, and its prompt."""

    name: str
    prompt: str


@dataclass(frozen=True, slots=True)
class PlanItem:
    """An item as the plan shows it; ``link`` is anybody's text, ``picture`` an address or empty."""

    name: str
    link: object
    lang: str
    picture: str
    facts: tuple[str, ...]
    clips: tuple[PlannedClip, ...]
    warnings: tuple[str, ...]


def render_plan(plan: Mapping[str, Any], *, title: str, run_id: str, lang: str) -> str:
    """The page.

    :param plan: what the run chose: ``items`` (see :func:`~airflow_provider_sora.runs.reporting.report.report`),
        ``skipped`` with titles as pages show them, and where known ``estimated_usd``, ``note``, ``source``.
    """
    say = words(lang)
    clips = sum(len(item["clips"]) for item in plan["items"])
    return render(
        "plan.html",
        say=say,
        title=title,
        planned=say["planned"].format(clips=clips, cost=_usd(plan.get("estimated_usd"), say)),
        note=note_in(plan.get("note"), say),
        items=[_item(item, say) for item in plan["items"]],
        skipped=reasons_of(plan["skipped"], say["skipped"], "skip", say),
        foot=f"{run_id} · {plan.get('source') or ''}",
    )


def _item(item: Mapping[str, Any], say: Mapping[str, str]) -> PlanItem:
    labels = item["labels"]
    told = [str(item[name]) for name in ("key", "language") if item.get(name)]
    told += [f"{say[name]}: {label_in(labels[name], say)}" for name in WORDED_LABELS if labels.get(name)]
    return PlanItem(
        name=str(item.get("title") or item.get("key") or ""),
        link=item.get("link"),
        lang=language_tag(item.get("language")),
        picture=file_address(item.get("picture")),
        facts=(*told, _usd(item["estimated_usd"], say)),
        clips=tuple(PlannedClip(clip_name(clip["name"], say), clip["prompt"]) for clip in item["clips"]),
        warnings=tuple(warning_in(text, say) for text in item["warnings"]),
    )


def _usd(cost: float | None, say: Mapping[str, str]) -> str:
    return say["cost_unknown"] if cost is None else f"${cost:.2f}"
