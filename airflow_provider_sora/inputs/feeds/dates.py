"""When an article was published, from dates as feeds write them. A date that cannot be read for sure is none.

feedparser's own reading is not used: it takes unknown zones for UTC, ``2026/11/24`` for the first of November and an
epoch for a year.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

#: Hours east of Greenwich. IST is India's and CST America's, unless the feed's language says otherwise.
_ZONES: dict[str, float] = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2,
    "EET": 2, "EEST": 3, "MSK": 3, "SAST": 2, "CAT": 2, "EAT": 3, "WAT": 1, "GST": 4, "PKT": 5, "IST": 5.5, "NPT": 5.75,
    "ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "MYT": 8, "PHT": 8, "AWST": 8, "WITA": 8, "JST": 9, "KST": 9, "WIT": 9,
    "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "NST": -3.5, "NDT": -2.5, "BRT": -3,
    "ART": -3, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8,
    "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
_ZONES_OF_LANGUAGE = {("CST", "zh"): 8.0, ("IST", "he"): 2.0, ("IST", "ga"): 1.0, ("IST", "en-ie"): 1.0}
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}

_TIME = (
    r"(?P<hour>\d{1,2})[:.時시点](?P<minute>\d{1,2})[分분]?"
    r"(?:[:.\s]?(?P<second>\d{1,2})(?:[.,]\d+)?(?=[秒초\D]|$))?[秒초]?"
)
_NOON = r"(?P<noon>午前|午後|오전|오후|上午|下午)?\s*"
_AFTER = r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>.*?)\s*"
_SHAPES = tuple(
    re.compile(shape + r"\Z", re.DOTALL)
    for shape in (
        # 2026-11-24T10:00:00+09:00, 2026/11/24 10:00, 2026.11.24, 2026年11月24日(火) 10時00分, 2026년 11월 24일
        r"(?P<year>\d{4})\s*[-/.年년]\s*(?P<month>\d{1,2})\s*[-/.月월]\s*(?P<day>\d{1,2})\s*[日일.]?\s*(?:[((].{1,3}[))])?"
        rf"(?:[T,\s]*{_NOON}{_TIME}{_AFTER})?",
        # 20261124T100000Z
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>.*?))?",
        # Tue, 24 Nov 2026 10:00:00 +0900; the day of the week and the commas are decoration
        r"(?:[A-Za-z]{3,9}\.?,?\s+)?(?P<day>\d{1,2})[\s-]+(?P<name>[A-Za-z]{3,9})\.?,?[\s-]+(?P<year>\d{4}|\d\d)"
        rf"(?:[,\s]+{_TIME}{_AFTER})?",
        # Nov 24, 2026 10:00 PM EST; Tue Nov 24 10:00:00 2026
        rf"(?:[A-Za-z]{{3,9}}\.?,?\s+)?(?P<name>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})(?:[,\s]+{_TIME}{_AFTER})?",
        rf"(?:[A-Za-z]{{3,9}}\.?,?\s+)?(?P<name>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?P<zone>[A-Z]{{0,4}})\s*(?P<year>\d{{4}})",
        # 25/11/2026 14:00, 25.11.2026, 11/25/2026
        rf"(?P<one>\d{{1,2}})[/.-](?P<two>\d{{1,2}})[/.-](?P<year>\d{{4}})(?:[,T\s]+(?:\w+ )?{_TIME}{_AFTER})?",
    )
)
_EPOCH = re.compile(r"\d{9,10}(?:\d{3})?(?:\.\d+)?")
_OFFSET = re.compile(r"(?:UTC|GMT|UT|Z)?\s*([+\-−])\s*(\d{1,2})(?::?(\d{2}))?(?:\s*\(.*\)|\s+[A-Z]{2,5})?")


def moment(written: object, *, language: str | None = None, zone: str = "UTC") -> str | None:
    """ISO 8601 in UTC, or None for what is no date or could be two.

    :param language: the feed's; it settles ``11/12/2026``, and the names of months where it is not English.
    :param zone: IANA name of the zone of a date that names none.
    """
    import pendulum

    text = " ".join(str(written or "").split())[:100]
    if not text or isinstance(written, bool):
        return None
    tag = (language or "").lower().replace("_", "-")
    try:
        found = _epoch(text) or _shaped(text, tag, pendulum.timezone(zone)) or _in_words(text, tag, zone)
        if found is None or not 1980 <= found.year <= 2200:
            return None
        return found.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if number >= 1e11 else number, UTC)


def _shaped(text: str, tag: str, default: tzinfo) -> datetime | None:
    for shape in _SHAPES:
        found = shape.match(text)
        if found:
            return _built(found.groupdict(), tag, default)
    return None


def _built(part: dict[str, str | None], tag: str, default: tzinfo) -> datetime | None:
    day, month = _day_and_month(part, tag)
    zone = _zone(part.get("zone"), tag, default)
    if not day or not month or zone is None:
        return None
    hour, minute, second = (int(part.get(name) or 0) for name in ("hour", "minute", "second"))
    half = part.get("noon") or (part.get("half") or "").lower().replace(".", "")
    if half in ("pm", "午後", "오후", "下午") and hour < 12:
        hour += 12
    elif half in ("am", "午前", "오전", "上午") and hour == 12:
        hour = 0
    year = int(part["year"] or 0)
    year += (2000 if year < 70 else 1900) if year < 100 else 0
    later = timedelta(days=1) if hour == 24 and not minute else timedelta()
    return datetime(year, month, day, hour % 24 if later else hour, minute, min(second, 59), tzinfo=zone) + later


def _day_and_month(part: dict[str, str | None], tag: str) -> tuple[int, int]:
    if name := part.get("name"):
        return int(part["day"] or 0), _MONTHS.get(name[:3].lower(), 0)
    if one := int(part.get("one") or 0):
        two = int(part["two"] or 0)
        if one > 12 or two > 12 or one == two:
            return (one, two) if one > 12 or one == two else (two, one)
        if tag in ("", "en"):
            return 0, 0  # the ninth of October or the tenth of September
        return (two, one) if tag in ("en-us", "en-ph") else (one, two)
    return int(part["day"] or 0), int(part["month"] or 0)


def _zone(written: str | None, tag: str, default: tzinfo) -> tzinfo | None:
    """The zone; None for one that nobody here knows."""
    text = (written or "").strip().strip("()[]").rstrip(".")
    if not text:
        return default
    offset = _OFFSET.fullmatch(text)
    if offset:
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        if hours > 14 or minutes > 59:
            return None
        east = timedelta(hours=hours, minutes=minutes)
        return timezone(east if offset[1] == "+" else -east)
    name = text.upper()
    hours_east = _ZONES_OF_LANGUAGE.get((name, tag), _ZONES_OF_LANGUAGE.get((name, tag[:2]), _ZONES.get(name)))
    return None if hours_east is None else timezone(timedelta(hours=hours_east))


def _in_words(text: str, tag: str, zone: str) -> datetime | None:
    """A date in another language's words, which dateparser knows; None without it."""
    try:
        import dateparser
    except ImportError:
        return None
    if not re.search(r"\d{4}", text) or not re.search(r"[^\W\d_]{3}", text):
        return None  # it reads "yesterday" and a lone number, too
    settings = {"STRICT_PARSING": True, "TIMEZONE": zone, "RETURN_AS_TIMEZONE_AWARE": True}
    try:
        found: datetime | None = dateparser.parse(text, languages=[tag[:2]] if tag else None, settings=settings)
    except ValueError:  # a language that it does not know
        found = dateparser.parse(text, settings=settings)
    return found
