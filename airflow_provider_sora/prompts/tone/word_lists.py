"""Terms in a text: whole words in all their forms, never a part of another word.

A term in the Latin alphabet matches in any case and with any accents, as a word of its own, with the endings that
English gives it. A Japanese term matches where words begin and end, see ``japanese.py``, a verb in every form. A term
may end or begin with ``*`` for any ending or beginning (``*unglück``), which other languages need. Hyphens, quotation
marks, full-width letters and a hashtag's run-together words make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any, Literal

from airflow_provider_sora.prompts.tone.inflection import forms, plurals
from airflow_provider_sora.prompts.tone.japanese import Morpheme, morphemes

#: Which endings count: those of nouns and verbs, those of nouns, or none.
Endings = Literal["all", "plural", "none"]
_CJK = "\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff々ー"
_IS_CJK = re.compile(rf"[{_CJK}]")
_WORD = re.compile(rf"(?:(?![{_CJK}])[^\W\d_])+|\d+")
#: ``Gewalt`` and ``d'un``: letters before and after an apostrophe are words; an English possessive is none.
_POSSESSIVE = re.compile(r"(?<=\w)['’`](?:s\b|S\b)?")
_HASHTAG = re.compile(r"#\w+")


@dataclass(frozen=True, slots=True)
class Found:
    """A term, and what stands for it in the text, with its place in the normalised text."""

    term: str
    word: str
    start: int
    end: int


class Reading:
    """A text made ready to be searched."""

    def __init__(self, text: str) -> None:
        spread = _HASHTAG.sub(lambda tag: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tag[0]), text)
        self.text = unicodedata.normalize("NFKC", spread)
        plain = _POSSESSIVE.sub(lambda mark: " " * len(mark[0]), self.text)
        self._places = [(one.start(), one.end()) for one in _WORD.finditer(plain)]
        self.words = [_folded(self.text[start:end]) for start, end in self._places]
        # The words with single spaces between them; more where a line ends, so that no phrase goes on in the next one.
        self._line = " "
        self._starts: dict[int, int] = {}
        before = 0
        for number, (word, (start, end)) in enumerate(zip(self.words, self._places, strict=True)):
            self._line += "  " if "\n" in self.text[before:start] else ""
            self._starts[len(self._line)] = number
            self._line += f"{word} "
            before = end

    @cached_property
    def _morphemes(self) -> tuple[Morpheme, ...] | None:
        return morphemes(self.text)

    @cached_property
    def _edges(self) -> tuple[set[int], set[int], dict[str, list[Morpheme]]]:
        """Where Japanese words begin and end, and the words by their dictionary form."""
        bent: dict[str, list[Morpheme]] = {}
        for one in self._morphemes or ():
            bent.setdefault(one.base, []).append(one)
        known = [one for some in bent.values() for one in some]
        return {one.start for one in known}, {one.end for one in known}, bent

    @cached_property
    def _lowered(self) -> str:
        return self.text.casefold()

    def phrases(self, pattern: re.Pattern[str] | None) -> Iterable[Found]:
        """Every place where a pattern of :func:`compiled` stands."""
        for match in pattern.finditer(self._line) if pattern else ():
            first = self._starts[match.start(1)]
            last = first + match[1].count(" ")
            start, end = self._places[first][0], self._places[last][1]
            yield Found(match[1], self.text[start:end], start, end)

    def characters(self, terms: Iterable[str], *, anywhere: bool = False, names: bool = True) -> Iterable[Found]:
        """Every place of terms in a script without spaces.

        :param anywhere: count parts of words too; so it is where words cannot be told apart, unless ``names``.
        :param names: False leaves out what is a part of a person's or a place's name.
        """
        if not _IS_CJK.search(self.text) and not anywhere:
            return
        known = None if anywhere else self._morphemes
        if known is None and not names:
            return
        begin, end, bent = self._edges
        called = [one for one in known or () if one.name and not names]
        for term in terms:
            whole = unicodedata.normalize("NFKC", term)
            needle = whole.rstrip("*")
            held = needle.casefold() in self._lowered  # far cheaper than a search, and nearly always no
            places = (
                [(one.start(), one.end()) for one in re.finditer(re.escape(needle), self.text, re.I)] if held else []
            )
            if known is not None:
                places = [(a, b) for a, b in places if a in begin and (b in end or whole.endswith("*"))]
                places += [(one.start, one.end) for one in bent.get(needle, ())]
            for a, b in dict.fromkeys(places):
                if not any(one.start <= a and b <= one.end for one in called):
                    yield Found(term, self.text[a:b], a, b)

    def find(
        self, terms: Iterable[str], *, endings: Endings = "all", names: bool = True, anywhere: bool = False
    ) -> list[Found]:
        """Every place of every term, in the order of the terms.

        :param anywhere: Japanese terms count as parts of words too.
        :param names: False leaves out what is somebody's name: a capital in a headline that has few, or a Japanese
            name of a person or place.
        """
        found: list[Found] = []
        for term in terms:
            if _IS_CJK.search(term):
                found += self.characters([term], names=names, anywhere=anywhere)
                continue
            for one in self.phrases(compiled((term,), endings)):
                if not (is_abbreviation(term) and one.word.upper() != one.word) and (names or not self._is_name(one)):
                    found.append(Found(term, one.word, one.start, one.end))
        return found

    def _is_name(self, found: Found) -> bool:
        if not found.word[:1].isupper() or found.word.isupper():
            return False
        cased = [self.text[a:b] for a, b in self._places if self.text[a].isalpha() and b - a > 3]
        small = sum(word[0].islower() for word in cased)
        first = re.search(r"(^|[.!?:;|–—\"“”‘-]\s*)$", self.text[: found.start])
        return small * 2 > len(cased) and not first


def find_term(text: str, terms: Iterable[str]) -> str | None:
    """The first of ``terms`` that the text holds, or None."""
    found = Reading(text).find([str(term) for term in terms if str(term).strip()])
    return found[0].term if found else None


def is_abbreviation(term: str) -> bool:
    """``AIDS`` is no aid: two to four capitals count in capitals only."""
    return bool(re.fullmatch(r"[A-Z]{2,4}", term))


@lru_cache(maxsize=4096)
def compiled(terms: tuple[str, ...], endings: Endings) -> re.Pattern[str] | None:
    """One pattern for many terms: ``a|b`` are alternatives, ``...`` is up to three words, ``*`` any letters."""
    patterns = [_phrase(term, endings) for term in terms if _words(term)]
    # Looked for ahead, so that phrases may overlap: "fires starting gun" holds two.
    return re.compile(rf"(?<= )(?=({'|'.join(sorted(patterns, key=len, reverse=True))}) )") if patterns else None


def _words(term: str) -> list[str]:
    spaced = _POSSESSIVE.sub(" ", unicodedata.normalize("NFKC", term))
    return [word for word in re.split(r"[^\w*|.]+", spaced) if word.strip(".*|") or word == "..."]


def _phrase(term: str, endings: Endings) -> str:
    written = ""
    for word in _words(term):
        written += r"(?:\S+ ){0,3}" if word == "..." else f"(?:{'|'.join(_variants(word, endings))}) "
    return written[:-1]


def _variants(word: str, endings: Endings) -> list[str]:
    found: set[str] = set()
    for one in filter(None, word.strip(".").split("|")):
        folded = _folded(one)
        if "*" in folded or not folded.isascii() or folded.isdigit():
            found.add(re.escape(folded).replace(r"\*", r"\S*"))
            continue
        bases = {folded, *(_irregular().get(folded, ()) if endings != "none" else ())}
        made = forms(folded) if endings == "all" else plurals(folded) if endings == "plural" else ()
        found.update(re.escape(form) for form in bases.union(made))
    return sorted(found)


@lru_cache(maxsize=1)
def _irregular() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tone_data("en")["irregular"]
    return found


@lru_cache(maxsize=32)
def tone_data(language: str) -> dict[str, Any]:
    """The word list of a language, ``tones/{language}.yaml``; empty where there is none."""
    import yaml

    file = resources.files("airflow_provider_sora.prompts.tone").joinpath("tones", f"{language}.yaml")
    return dict(yaml.safe_load(file.read_text("utf-8"))) if file.is_file() else {}


def _folded(word: str) -> str:
    """Without case and accents, which a headline in capitals leaves out."""
    lowered = word.casefold()
    if lowered.isascii():
        return lowered
    bare = "".join(c for c in unicodedata.normalize("NFD", lowered) if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare)
