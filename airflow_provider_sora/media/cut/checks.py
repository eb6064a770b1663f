"""What the numbers of an edit list may be, and how a wrong one is told (pure)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError


def as_rate(value: object) -> Fraction:
    """Frames a second as an exact fraction: 24, 29.97, "30000/1001".

    A decimal within 0.005 of a broadcast rate (23.976, 29.97, 59.94) is that rate.

    :raises ConfigurationError: it is no such number.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        found = Fraction(str(value).strip())
    except (TypeError, ValueError, ZeroDivisionError):
        raise wrong_value("rate", str(value), "frames a second such as 24, 29.97 or 30000/1001") from None
    for whole in (24, 30, 48, 60, 120):
        if found.denominator not in (1, 1001) and abs(found - Fraction(whole * 1000, 1001)) < Fraction(1, 200):
            return Fraction(whole * 1000, 1001)
    return found


def check_seconds(name: str, value: object, *, above: bool = False) -> None:
    """:raises ConfigurationError: it is no finite number of at least 0 (``above``: more than 0)."""
    fine = isinstance(value, (int, float, Fraction)) and not isinstance(value, bool) and math.isfinite(value)
    if not fine or value < 0 or (above and value == 0):  # type: ignore[operator]
        raise wrong_value(name, value, "a number above 0" if above else "a number of at least 0")


def check_frames(name: str, value: object) -> None:
    """:raises ConfigurationError: it is no whole number of at least 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise wrong_value(name, value, "a whole number of frames, at least 0")


def shortened(text: str) -> str:
    words = " ".join(text.split())
    return repr(words if len(words) <= 24 else f"{words[:23]}…")


def wrong_value(name: str, value: Any, wanted: str) -> ConfigurationError:
    shown = value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else repr(value)[:80]
    return ConfigurationError(f"{name} must be {wanted}, but it is {shown}.", step="correct it.")
