"""In which language a page speaks to whoever asks for it."""

from __future__ import annotations

import re

SPOKEN = ("en", "ja")
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


def language(wanted: str, accepted: str) -> str:
    """``en`` or ``ja``.

    :param wanted: what the address asks for; it wins where it is one of the two.
    :param accepted: the header ``Accept-Language``.
    """
    if wanted in SPOKEN:
        return wanted
    best, found = 0.0, SPOKEN[0]
    for part in accepted[:500].split(","):
        named = _RANGE.fullmatch(part)
        if named is None or named[1].lower() not in SPOKEN:
            continue
        weight = float(named[2] or 1)
        if weight > best:
            best, found = weight, named[1].lower()
    return found
