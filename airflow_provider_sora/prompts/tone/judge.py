"""Which stories get no clip unless a person says so: death, violence, disaster, accusation, illness, and minors.

A generated picture beside such a story can hurt people and costs a newsroom its name, so doubt decides against the
clip. The words are data, ``tones/{language}.yaml``, one file a language. A story in a language that has none cannot be
judged, and gets no clip either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from airflow_provider_sora.prompts.tone.word_lists import Found, Reading, compiled, is_abbreviation, tone_data

CATEGORIES = ("death", "violence", "disaster", "accusation", "illness", "minors")
#: The verdict on a story that is in none of the languages below.
UNKNOWN = "unknown_language"
_SPACED = ("en", "de", "fr", "es", "pt", "it", "nl")
#: Scripts without spaces between words, or with endings that are part of them: terms count anywhere in a text.
_ANYWHERE = ("zh", "ko")
LANGUAGES = (*_SPACED, "ja", *_ANYWHERE)
_KANA = re.compile(r"[\u3041-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True)
class Tone:
    """Why a story is to have no clip.

    :param category: one of :data:`CATEGORIES`, or :data:`UNKNOWN`.
    :param word: what decided, as it stands in the story; for :data:`UNKNOWN`, its language where it names one.
    """

    category: str
    word: str


@lru_cache(maxsize=2048)
def judge(text: str, language: str, categories: tuple[str, ...] = CATEGORIES, *, unknown: bool = True) -> Tone | None:
    """What kind of story a text tells, where it is of one of ``categories``; None for all others.

    :param text: headline and summary: what a headline keeps back, the summary says.
    :param language: what the feed says, such as ``de-AT``; the text itself counts for more.
    :param unknown: also name a story whose language has no word list.
    """
    reading = Reading(text)
    lists = _languages(reading, language)
    # Of all of them together: "Crash course in …" may be Dutch by its one common word, and means no crash there either.
    harmless = [(found.start, found.end) for one in lists for found in _places(reading, one, "harmless")]
    for category in CATEGORIES:
        if category not in categories:
            continue
        for one in lists:
            found = _first(reading, one, category, harmless)
            if found:
                return Tone(category, found.word)
    return Tone(UNKNOWN, language) if unknown and not lists else None


def _first(reading: Reading, language: str, category: str, harmless: list[tuple[int, int]]) -> Found | None:
    """The first word of a category that does not begin within a harmless phrase."""
    hits = [
        one
        for one in _places(reading, language, category)
        if not any(start <= one.start < end for start, end in harmless)
    ]
    return min(hits, key=lambda one: one.start, default=None)


def _places(reading: Reading, language: str, category: str) -> Iterable[Found]:
    terms = _terms(language, category)
    if language in _SPACED:
        shorts = {term.lower() for term in terms if is_abbreviation(term)}
        for one in reading.phrases(compiled(terms, "all" if language == "en" else "none")):
            if one.term not in shorts or one.word.isupper():
                yield one
    else:
        # A harmless phrase is longer than the words in it, and may begin or end within a word.
        yield from reading.characters(terms, anywhere=language in _ANYWHERE or category == "harmless")


@lru_cache(maxsize=128)
def _terms(language: str, category: str) -> tuple[str, ...]:
    return tuple(str(term) for term in tone_data(language).get(category, ()))


def _languages(reading: Reading, declared: str) -> list[str]:
    """The lists by which to judge a text; none where it is in no language that has one."""
    text, said = reading.text, declared.replace("_", "-").split("-")[0].lower()
    found = []
    if _HANGUL.search(text):
        found.append("ko")
    if _KANA.search(text):
        found.append("ja")
    elif _HAN.search(text):
        found += [said] if said in ("ja", "zh") else ["ja", "zh"]
    latin = [word for word in reading.words if "LATIN" in unicodedata.name(word[0], "")]
    written = [word for word in re.findall(r"[^\W\d_]+", text) if "LATIN" in unicodedata.name(word[0], "")]
    strange = [c for c in text if c.isalpha() and not _is_read(c)]
    if len(strange) * 3 > sum(len(word) for word in latin) + len(strange):
        return []
    if latin:
        spaced = _guess(latin, written, said)
        if spaced or not found:
            found += spaced
        if not spaced and said not in LANGUAGES:
            return []
    return found


def _is_read(character: str) -> bool:
    """Whether a letter is of a script that one of the lists is written in."""
    return unicodedata.name(character, "").startswith(("LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH"))


def _guess(words: list[str], written: list[str], said: str) -> list[str]:
    """Languages of a text in Latin letters: those whose commonest words it holds, and the one that it is said to be.

    :param written: the words with their accents: many of them, and no English word, is a language not read here.
    """
    if said not in LANGUAGES:
        return []
    counts = {one: sum(word in _common(one) for word in words) for one in _SPACED}
    best = max(counts.values())
    likely = [one for one, count in counts.items() if best and count * 5 >= best * 3]
    if said == "en":  # also what a feed gets that names no language
        if not counts["en"] and sum(not word.isascii() for word in written) * 3 > len(written):
            return likely if best > 1 else []
        # One word proves little: "Tour de France" is English too.
        return likely if best > 1 else list(dict.fromkeys(["en", *likely]))
    return list(dict.fromkeys([*([said] if said in _SPACED else []), *(likely or ["en"])]))


@lru_cache(maxsize=16)
def _common(language: str) -> frozenset[str]:
    return frozenset(_terms(language, "function_words"))
