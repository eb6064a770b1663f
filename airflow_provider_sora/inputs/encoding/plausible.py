"""How plausible a reading of bytes is, in bits: the fewer, the likelier that somebody wrote just this.

Every encoding of one byte reads any bytes, and those of Japan, Korea and China read each other's, so that bytes can be
read says nothing. What tells are letters: five Portuguese words in Windows-1252 are, as CP932, rare kanji that have
swallowed the letter behind them; Japanese as Windows-1252 is a heap of signs that stand in no word.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

#: Bits for what nobody writes: a character that could not be read, a control character, one of private use.
_NEVER = 30.0
_WESTERN = ("cp1252", "mac_roman", "cp850")
_KANA = re.compile("[ぁ-んァ-ヶー]")
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")
#: What no word of half-width kana has: a sign of voicing, length or a small letter where none can stand.
_MISPLACED = re.compile("(?<![ｶ-ﾄﾊ-ﾎｳ])ﾞ|(?<![ﾊ-ﾎ])ﾟ|(?<![ｷｼﾁﾆﾋﾐﾘﾞﾟ])[ｬｭｮ]|^[ｰｧ-ｯﾝﾞﾟ]|ｯ$|[｡-･](?=.)")
_BROKEN = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_JAPANESE_SIGNS = frozenset("、。「」『』・〜～々〆　（）！？％：／＆＋＝０１２３４５６７８９【】《》〈〉★☆●○■□◆◇※→")


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("letters.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _signs() -> dict[str, re.Pattern[str]]:
    """Signs of the West, and how they stand in a text."""
    return {sign: re.compile(pattern) for sign, pattern in _document()["signs"].items()}


@lru_cache(maxsize=1)
def _habits() -> dict[str, re.Pattern[str]]:
    """Where some letters of the West stand in a word."""
    return {letter: re.compile(pattern) for letter, pattern in _document()["habits"].items()}


@lru_cache(maxsize=1)
def _known() -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]], dict[str, list[str]]]:
    """Bits by character, for the great scripts and for the code pages of alphabets; and the letters of languages."""
    document = _document()
    scripts = {
        name: {c: 6.0 + 5.0 * rank / len(text) for rank, c in enumerate(text)}
        for name, text in ((name, document[name].replace("\n", "")) for name in ("kanji", "hanzi", "hangul"))
    }
    letters = {
        page: {c: 3.0 + 3.0 * rank / len(text) for rank, c in enumerate(text)}
        for page, text in document["letters"].items()
    }
    letters["koi8_r"] = letters["cp1251"]
    letters["iso8859-2"] = letters["cp1250"]
    languages: dict[str, list[str]] = document["languages"]
    languages["iso8859-2"] = languages["cp1250"]
    for page in ("mac_roman", "cp850"):
        letters[page], languages[page] = letters["cp1252"], languages["cp1252"]
    return scripts, letters, languages


def bits(text: str, codec: str) -> float:
    """What ``text``, as read by ``codec``, costs; comparable between readings of the same bytes."""
    broken = _BROKEN.findall(text)
    rest = _BROKEN.sub("", text)
    scripts, letters, languages = _known()
    if codec in letters:
        return (
            _NEVER * len(broken)
            + _alphabet(rest, letters[codec], _habits() if codec in _WESTERN else {})
            + _mixed(rest, languages.get(codec, []))
        )
    if codec in ("cp932", "euc_jp"):
        return _NEVER * len(broken) + _japanese(rest, codec, scripts["kanji"])
    script, rare = ("hangul", 14.0) if codec == "cp949" else ("hanzi", 12.5)
    return _NEVER * len(broken) + _of_script(rest, codec, scripts[script], rare)


def _alphabet(text: str, letters: dict[str, float], habits: dict[str, re.Pattern[str]]) -> float:
    total, signs = 0.0, _signs()
    for run in re.finditer(r"[^\x00-\x7f]+", text):
        before = text[run.start() - 1 : run.start()]
        word = "".join(c for c in run[0] if c.isalpha())
        for at, character in enumerate(run[0]):
            place = run.start() + at
            if character in letters:
                total += letters[character]
                left = text[place - 1 : place] if place else ""
                if character.isupper() and left.islower():
                    total += 6  # a capital within a word
                if character in habits and not habits[character].search(text[max(place - 2, 0) : place + 3]):
                    total += 5
            elif character in signs:
                total += 5 if signs[character].search(text[max(place - 2, 0) : place + 3]) else 11
            else:
                total += 13
        # In the alphabets of the West, letters beyond ASCII stand alone or in pairs; in Greek and Russian they are all.
        if len(word) > 2 and word[0].lower() < "\u0370":
            total += 4 * (len(word) - 2)
        elif word and word[0].lower() >= "\u0370" and (before.isascii() and before.isalpha()):
            total += 6  # a word half in one alphabet and half in another
    return total


def _mixed(text: str, languages: list[str]) -> float:
    """For letters that no one language has all of."""
    found = [c for c in text.lower() if c > "\x7f" and c.isalpha()]
    outside = min((sum(c not in letters for c in found) for letters in languages), default=0)
    return 4.0 * outside


def _japanese(text: str, codec: str, kanji: dict[str, float]) -> float:
    total = 0.0
    for run in _HALF_WIDTH_KANA.finditer(text):
        # Words of them come in runs; alone, among Latin letters, each is an accented letter of the West.
        alone = len(run[0]) < 2 or _between_letters(text, run.start(), run.end())
        total += len(run[0]) * (12 if alone else 6) + 8 * len(_MISPLACED.findall(run[0]))
    for found in re.finditer("[^\x00-\x7f\uff61-\uff9f]", text):
        character = found[0]
        if _KANA.match(character) or character in _JAPANESE_SIGNS:
            total += 5
        elif character in kanji:
            total += kanji[character]
        else:
            total += 12.5 if _lead(character, codec) else 19
        if character.isalpha() and not _KANA.match(character) and _between_letters(text, found.start(), found.end()):
            total += 8  # a kanji within a Latin word
    return total


def _lead(character: str, codec: str) -> bool:
    """Whether it is of the first level of JIS X 0208: in common use."""
    try:
        data = character.encode("cp932")
    except UnicodeEncodeError:
        return False
    return len(data) == 2 and (0x88 <= data[0] <= 0x97 or (data[0] == 0x98 and data[1] <= 0x72))


def _of_script(text: str, codec: str, common: dict[str, float], rare: float) -> float:
    total = 0.0
    for found in re.finditer("[^\x00-\x7f]", text):
        character = found[0]
        if character in common:
            total += common[character]
        elif character in _JAPANESE_SIGNS:
            total += 7
        elif codec == "cp949":
            total += rare if "\uac00" <= character <= "\ud7a3" and _in_euc(character, "euc_kr") else 20
        else:
            total += rare if _in_euc(character, "gb2312") and "\u4e00" <= character <= "\u9fff" else 17
        if character.isalpha() and _between_letters(text, found.start(), found.end()):
            total += 8
    return total


def _in_euc(character: str, codec: str) -> bool:
    try:
        return bool(character.encode(codec))
    except UnicodeEncodeError:
        return False


def _between_letters(text: str, start: int, end: int) -> bool:
    around = text[start - 1 : start] if start else "", text[end : end + 1]
    return any(c.isascii() and c.isalpha() and c.islower() for c in around)
