"""Caps as a deployment writes them, and which of them a request falls under (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from airflow_provider_sora.arguments import as_number, as_text, check_names
from airflow_provider_sora.exceptions import BudgetExceededError, ConfigurationError

MONTH, DAY = "month", "day"
#: The option in which caps are written.
OPTION = "[sora] caps"
_KEYS = ("per", "usd", "label", "value")


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``usd`` in a month or a day.

    :param label: of each value of this label for itself; None: of everything.
    :param value: of this value of the label alone.
    """

    per: str
    usd: float
    label: str | None = None
    value: str | None = None

    @property
    def family(self) -> str:
        """What it sums by; caps of one family share their sums."""
        return self.per if self.label is None else f"{self.per} {self.label}"

    def applies(self, labels: Mapping[str, str]) -> bool:
        return self.value is None or labels.get(self.label or "", "") == self.value

    def bucket(self, day: date, labels: Mapping[str, str]) -> str:
        """The sum that a request with these labels is added to. One without the label has a sum of its own too, so
        that leaving the label out is no way around the cap."""
        period = f"{day:%Y-%m}" if self.per == MONTH else f"{day:%Y-%m-%d}"
        return period if self.label is None else f"{period} {self.label}={labels.get(self.label, '')}"

    def told(self, labels: Mapping[str, str]) -> str:
        """In words: ``$100 a month for brand=hinoki``."""
        whose = "" if self.label is None else f" for {self.label}={labels.get(self.label) or '(none)'}"
        return f"${self.usd:g} a {self.per}{whose}"


def read_caps(text: str) -> tuple[Cap, ...]:
    """``[{"per": "month", "usd": 500}, {"per": "month", "label": "brand", "usd": 100}]``; none where it is blank.

    :raises ConfigurationError: it is something else; a cap that is misread would be no cap, so nothing is paid.
    """
    if not text.strip():
        return ()
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _wrong(f"is no JSON ({error})") from None
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise _wrong("must be a list of mappings")
    return tuple(_cap(number, one) for number, one in enumerate(found, 1))


def _cap(number: int, given: Mapping[str, Any]) -> Cap:
    where = f"{OPTION}, the {number}. cap"
    check_names(where, given, _KEYS)
    usd = as_number(f"usd of {where}", given.get("usd"))
    label, value = (as_text(f"{name} of {where}", given.get(name)) for name in ("label", "value"))
    if given.get("per") not in (MONTH, DAY):
        raise _wrong(f"has no 'per' of {MONTH} or {DAY} in its {number}. cap")
    if usd is None:
        raise _wrong(f"has no 'usd' in its {number}. cap")
    if value is not None and label is None:
        raise _wrong(f"has a 'value' without a 'label' in its {number}. cap")
    return Cap(str(given["per"]), usd, label, value)


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{OPTION} {what}.", step='write it as [{"per": "month", "usd": 500, "label": "brand"}], or leave it blank.'
    )


def sums_of(caps: Sequence[Cap], day: date, labels: Mapping[str, str]) -> dict[str, str]:
    """Every sum that a request counts in, by family: also where none of the family's caps applies to it."""
    return {cap.family: cap.bucket(day, labels) for cap in caps}


def check_room(
    caps: Sequence[Cap], sums: Mapping[str, float], usd: float | None, labels: Mapping[str, str], moment: datetime
) -> None:
    """Refuse what does not fit below every cap that applies.

    :param sums: what is entered already, in USD, by bucket.
    :param usd: the estimate; None: unknown.
    :raises BudgetExceededError: it does not fit, or its cost is unknown; this request was not sent.
    """
    for cap in caps:
        if not cap.applies(labels):
            continue
        if usd is None:
            raise BudgetExceededError(
                f"{OPTION} allows {cap.told(labels)}, but this job's cost is unknown: the connection's `prices` have "
                "no entry for its model and size, or `seconds` is left to the server.",
                step="add the price to the connection's extra, or set seconds.",
            )
        spent = sums.get(cap.bucket(moment.date(), labels), 0.0)
        if spent + usd > cap.usd + 1e-9:
            left = max(cap.usd - spent, 0.0)
            raise BudgetExceededError(
                f"{OPTION} allows {cap.told(labels)}. ${left:.2f} of that is left in {_period(cap, moment)}, and this "
                f"job is estimated at ${usd:.2f}.",
                step=f"wait for the next {cap.per}, raise the cap, or ask for fewer seconds or a smaller size.",
            )


def _period(cap: Cap, moment: datetime) -> str:
    return f"{moment:%Y-%m}" if cap.per == MONTH else f"{moment:%Y-%m-%d}"
