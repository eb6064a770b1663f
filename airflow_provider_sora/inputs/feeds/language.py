"""In which language an article is: what its feed says, unless what is written says otherwise."""

from __future__ import annotations

import re

_TAG = re.compile(r"([a-z]{2,3})(?:-[a-z]{4})?(?:-([a-z]{2}))?(?:-.*)?")
#: Letters that only one of the languages which a feed may be in writes.
_SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("he", re.compile("[\u0590-\u05ff]")),
)
_KANA = re.compile("[\u3041-\u30ff\uff66-\uff9f]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_OTHER = re.compile("[\u0400-\u052f\u0600-\u06ff\u0900-\u0dff]")
#: Han characters beyond which a feed without any kana is no Japanese one.
_CHINESE = 20


def tag_of(written: object) -> str | None:
    """``de`` from ``de-DE``; Chinese keeps its region, which is another script: ``zh-cn``. None for no tag."""
    text = str(written or "").strip().lower().replace("_", "-")
    found = _TAG.fullmatch(text)
    if not found or found[1] in ("und", "mul"):
        return None
    return f"zh-{found[2]}" if found[1] == "zh" and found[2] else found[1]


def language_of(text: str, tag: str | None, *, whole_feed: str = "") -> str:
    """The language of ``text``.

    :param tag: what the feed or the article says.
    :param whole_feed: all texts of the feed: Japanese ones have kana somewhere, Chinese ones nowhere.
    """
    kana, han, latin = (len(found.findall(text)) for found in (_KANA, _HAN, _LATIN))
    if kana > 1 and kana * 10 > han and not (tag or "").startswith("zh"):
        return "ja"
    for language, script in _SCRIPTS:
        if len(script.findall(text)) > latin:
            return language
    if len(_OTHER.findall(text)) > latin:
        return tag if tag and tag != "en" else "und"
    if han and han * 2 >= latin:
        if tag and (tag == "ja" or tag.startswith(("zh", "ko", "yue"))):
            return tag
        return "zh" if not _KANA.search(whole_feed) and len(_HAN.findall(whole_feed)) > _CHINESE else "ja"
    if kana and not latin:
        return "ja"
    return tag or "en"
