"""Which stories get no clip: a table of headlines, hard ones included, and a second list that nothing was fitted to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from airflow_provider_sora.prompts.tone.judge import CATEGORIES, LANGUAGES, UNKNOWN, Tone, judge
from airflow_provider_sora.prompts.tone.word_lists import tone_data

HERE = Path(__file__).parent / "headlines"


def headlines(name: str) -> Iterator[tuple[str, str, str]]:
    """Language, text, and ``stop`` or ``clip``."""
    table = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    for right in ("stop", "clip"):
        for language in ("en", "ja"):
            yield from ((language, text, right) for text in table[language][right])
        yield from ((language, text, right) for language, text in table["other"][right])
        yield from (("en", f"{title}\n{more}", right) for title, more in table.get("summaries", {}).get(right, ()))


@pytest.mark.parametrize(("language", "text", "right"), list(headlines("first")))
def test_the_table(language: str, text: str, right: str) -> None:
    tone = judge(text, language)
    assert ("stop" if tone else "clip") == right, tone


def test_the_second_list() -> None:
    rows = [(judge(text, language), right, text) for language, text, right in headlines("second")]
    assert len(rows) > 400
    missed = [text for tone, right, text in rows if right == "stop" and not tone]
    wrong = [(text, tone) for tone, right, text in rows if right == "clip" and tone]
    assert (missed, wrong) == ([], [])


@pytest.mark.parametrize(
    ("language", "text", "category", "word"),
    [
        ("en", "School bus crash kills nine children", "death", "kills"),
        ("en", "Gunman opens fire at concert", "violence", "Gunman"),
        ("en", "FLOODS LEAVE HUNDREDS STRANDED", "disaster", "FLOODS"),
        ("en", "Mayor accused of bribery", "accusation", "accused"),
        ("en", "Measles cases double", "illness", "Measles"),
        ("en", "Kindergarten plants trees", "minors", "Kindergarten"),
        ("ja", "殺された記者", "violence", "殺さ"),
        ("ja", "桜井市で火災", "disaster", "火災"),
        ("ru", "Снег в горах", UNKNOWN, "ru"),
    ],
)
def test_the_word_that_decided_is_told(language: str, text: str, category: str, word: str) -> None:
    assert judge(text, language) == Tone(category, word)


def test_only_what_is_asked_for_is_judged() -> None:
    assert judge("Measles cases double", "en", ("death", "minors")) is None
    assert judge("Снег в горах", "ru", unknown=False) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_list_is_whole(language: str) -> None:
    data = tone_data(language)
    known = {*CATEGORIES, "harmless", "function_words", "irregular"}
    assert set(data) <= known and set(CATEGORIES) <= set(data)
    for name in (*CATEGORIES, "harmless"):
        # YAML reads a bare `no` as false, and a term twice is a slip.
        assert all(isinstance(term, str) and term.strip() for term in data[name]), name


def test_a_harmless_phrase_hides_only_its_own_words() -> None:
    assert judge("The Killers concert sells out", "en") is None
    assert judge("The Killers concert sells out, two dead", "en") is not None
    assert judge("必殺技が決まる", "ja") is None and judge("必殺技の練習中に死亡", "ja") is not None


@pytest.mark.parametrize(("language", "text"), [("en", "Ein Toter bei Unfall auf der Autobahn"), ("de", "Two dead")])
def test_a_feed_that_names_another_language_hides_nothing(language: str, text: str) -> None:
    assert judge(text, language) is not None
