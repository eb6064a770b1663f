"""Words that templates ask for by name must not be called like what every mapping has: ``say.keys`` is no word."""

from __future__ import annotations

import pytest

from airflow_provider_sora.words.page_words import words


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_no_word_is_called_like_a_method_of_its_mapping(lang: str) -> None:
    say = words(lang)
    assert not [name for name in say if hasattr({}, name) or hasattr(say, name)]


def test_both_languages_have_the_gallery_s_words() -> None:
    from airflow_provider_sora.words.gallery_words import GALLERY_EN, GALLERY_JA

    assert GALLERY_EN.keys() == GALLERY_JA.keys()
