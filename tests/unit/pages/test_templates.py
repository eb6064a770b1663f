"""Templates: what they ask for is there or they fail, and pages of old runs can be written again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError, meta

from airflow_provider_sora.pages import plan_page
from airflow_provider_sora.pages.index import page as index_page
from airflow_provider_sora.pages.index.page import render_page
from airflow_provider_sora.pages.plan_page import render_plan
from airflow_provider_sora.pages.rendering import environment, render, usd
from airflow_provider_sora.words.page_words import words
from tests.unit.pages.hostile_values import plan, run_index

ROOM = Path(index_page.__file__).parents[1]
OLD = Path(__file__).parent / "old" / "run.json"


def values_of(kind: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a page gives to its template."""
    given: dict[str, Any] = {}
    module = index_page if kind == "index" else plan_page
    monkeypatch.setattr(module, "render", lambda template, **values: given.update(values) or "")
    if kind == "index":
        render_page(run_index("x"), {})
    else:
        render_plan(plan("x"), title="x", run_id="x", lang="en")
    return given


@pytest.mark.parametrize("kind", ["index", "plan"])
def test_a_value_that_is_missing_is_an_error_and_no_hole(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = values_of(kind, monkeypatch)
    assert "Undefined" not in render(f"{kind}.html", **values)
    for name in values:
        with pytest.raises(UndefinedError):
            render(f"{kind}.html", **{other: value for other, value in values.items() if other != name})


@pytest.mark.parametrize("kind", ["index", "plan"])
def test_a_page_gives_no_value_that_nothing_shows(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    for name in (f"{kind}.html", "base.html", "parts.html", "card.html"):
        source = environment().loader.get_source(environment(), name)[0]  # type: ignore[union-attr]
        asked |= meta.find_undeclared_variables(environment().parse(source))
    assert set(values_of(kind, monkeypatch)) <= asked


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_templates_ask_only_for_words_that_every_language_has(lang: str) -> None:
    said = {
        word
        for template in (ROOM / "templates").glob("*.html")
        for word in re.findall(r"\bsay\.(\w+)", template.read_text("utf-8"))
    }
    assert len(said) > 10 and said <= set(words(lang))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_page_of_an_old_run_can_be_written_again(lang: str) -> None:
    """From an ``index.json`` as it was stored before pages were templates."""
    index = json.loads(OLD.read_text("utf-8"))
    page = render_page({**index, "lang": lang}, {})
    assert page.count("<article") == len(index["videos"]) == 2
    for video in index["videos"]:
        assert f'id="{video["video_id"]}"' in page and f'src="{video["links"]["video"]}"' in page
        assert f'href="{video["links"]["receipt"]}"' in page
    assert f'<html lang="{lang}">' in page and words(lang)["unchanged"] in page
    assert "Undefined" not in page and "None" not in page.replace("None of", "")


def test_no_python_of_ours_holds_html() -> None:
    package = ROOM.parent
    tag = re.compile(r"</(a|p|b|i|ul|li|td|tr|h[1-6]|div|span|html|pre|table|section|article|script|style)>")
    held = [
        path.relative_to(package).as_posix()
        for room in ("pages", "runs", "words")
        for path in (package / room).rglob("*.py")
        if path.name != "text.py" and tag.search(path.read_text("utf-8"))  # that one reads HTML, and writes none
    ]
    assert held == []


@pytest.mark.parametrize(("amount", "told"), [(0, "$0.00"), (0.4, "$0.40"), (0.0004, "$0.0004"), (1234.5, "$1,234.50")])
def test_money_has_the_places_that_it_needs(amount: float, told: str) -> None:
    assert usd(amount) == told
