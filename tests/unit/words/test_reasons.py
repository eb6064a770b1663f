"""Every reason and every warning of the planning has its words in every language of the pages."""

from __future__ import annotations

import re

import pytest

from airflow_provider_sora.prompts.lint import lint_prompt, lint_remix
from airflow_provider_sora.words import page_words as index_words
from airflow_provider_sora.words import reasons
from airflow_provider_sora.words.page_words import reason_in, warning_in, words
from airflow_provider_sora.words.reasons import because

JAPANESE = words("ja")


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("code", list(reasons._REASONS))
def test_every_reason_is_translated_with_all_its_values(code: str) -> None:
    english = reasons._REASONS[code][1]
    assert placeholders(index_words._REASONS["ja"][code]) == placeholders(english)
    values = {name: f"<{name}>" for name in placeholders(english)}
    entry = because(code, **values)
    assert reason_in(entry, words("en")) == entry["reason"]
    told = reason_in(entry, JAPANESE)
    assert told != entry["reason"] and all(value in told for value in values.values())


def test_a_reason_without_a_code_stands_as_it_is_and_one_of_another_version_in_english() -> None:
    assert reason_in({"reason": "VideoFailedError: no"}, JAPANESE) == "VideoFailedError: no"
    assert reason_in({"title": "x"}, JAPANESE) == ""
    assert reason_in({"code": "old", "values": {}, "reason": "older"}, JAPANESE) == "older"


def test_a_value_is_never_taken_for_a_template() -> None:
    assert "{hours}" in reason_in(because("blocked", term="{hours}"), JAPANESE)


def test_every_warning_of_the_lint_is_translated() -> None:
    warnings = [
        *lint_prompt("mug"),
        *lint_prompt("The camera pans and tilts over the crowds; a man turns to the camera (slowly)."),
        *lint_remix("Make the light colder and replace the background."),
    ]
    assert len({warning.split(" ")[0] + warning.split(" ")[1] for warning in warnings}) == 5
    for warning in warnings:
        assert warning_in(warning, words("en")) == warning
        assert warning_in(warning, JAPANESE) != warning
    assert "(pan, tilt)" in warning_in(warnings[1], JAPANESE)
    assert warning_in("something new (a): b", JAPANESE) == "something new (a): b"


def test_both_languages_have_the_same_words() -> None:
    english, japanese = set(words("en")), set(JAPANESE)
    assert english <= japanese
