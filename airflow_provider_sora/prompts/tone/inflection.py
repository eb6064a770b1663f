"""The regular forms of an English word, made by rule, so that a list holds each word once."""

from __future__ import annotations

import re
from functools import lru_cache

_VOWELS = "aeiou"


def plurals(word: str) -> set[str]:
    """``word`` and its plurals: ``ferry`` gives ``ferries``; an ending that is wrong for it harms nobody."""
    if re.search(r"[^aeiou]y$", word):
        return {word, f"{word[:-1]}ies"}
    return {word, f"{word}es" if re.search(r"(s|x|z|ch|sh|o)$", word) else f"{word}s"}


@lru_cache(maxsize=8192)
def forms(word: str) -> frozenset[str]:
    """``word`` with its plurals and the regular forms of a verb: ``kill`` gives ``kills``, ``killed``, ``killing``."""
    stems = {word}
    if word.endswith("e"):
        found = {f"{word}d", f"{word[:-1]}ing"}
    elif re.search(r"[^aeiou]y$", word):
        found = {f"{word[:-1]}ied", f"{word}ing"}
    else:
        # stab, stabbed; a longer word doubles where its last syllable is stressed, which no rule here knows: both.
        if re.search(rf"[^{_VOWELS}][{_VOWELS}][^{_VOWELS}wxy]$", word):
            stems.add(word + word[-1])
        found = {f"{stem}{ending}" for stem in stems for ending in ("ed", "ing")}
    return frozenset(plurals(word) | found)
