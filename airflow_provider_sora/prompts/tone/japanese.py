"""Where the words of a Japanese text begin and end: by SudachiPy and its small dictionary, loaded when first asked.

The two are in the extra ``[feeds]``. Without them nothing is known of a text's words, and whoever asks must take the
careful side; a warning says so, once.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

log = logging.getLogger(__name__)
_ALONE = threading.Lock()  # a tokenizer may be used by one thread at a time
#: Characters that are looked at at once; the tokenizer refuses 49,150 bytes and more.
_AT_ONCE = 10_000
_NAMES = ("人名", "地名")


@dataclass(frozen=True, slots=True)
class Morpheme:
    """One word as it stands, and as a dictionary has it (``殺され`` is of ``殺す``).

    :param name: it is a person's or a place's name: the ``桜`` of ``桜井市`` blossoms never.
    """

    start: int
    end: int
    base: str
    name: bool


def morphemes(text: str) -> tuple[Morpheme, ...] | None:
    """The words of a text in order, in the shortest units; None where the dictionary is not installed."""
    tokenizer, mode = _tokenizer()
    if tokenizer is None:
        return None
    with _ALONE:
        found = [
            (at + one.begin(), at + one.end(), one.dictionary_form(), one.part_of_speech())
            for at in range(0, len(text), _AT_ONCE)
            for one in tokenizer.tokenize(text[at : at + _AT_ONCE], mode)
        ]
    return tuple(
        Morpheme(start, end, base, kind[1] == "固有名詞" and kind[2] in _NAMES) for start, end, base, kind in found
    )


@lru_cache(maxsize=1)
def _tokenizer() -> tuple[Any, Any]:
    try:
        from sudachipy import Dictionary, SplitMode

        return Dictionary(dict="small").tokenizer(), SplitMode.A
    except ImportError:
        log.warning(
            "Japanese words cannot be told apart: sudachipy and sudachidict-small are not installed. A word that a "
            "story must not hold counts wherever it stands, and no Japanese word chooses a scene. Install "
            "airflow-provider-sora[feeds]."
        )
        return None, None
