"""The mark that a webhook leaves: the key of an Airflow Variable, which holds nothing else.

Marks are compared and never consumed, since several triggerers may wait. A *key* and not a value, since the triggerer
reads the keys of Variables from Airflow's database (``airflow.sdk.Variable.keys``, Airflow 3.3), and values through
the secrets backend, where thousands of look-ups an hour are slow and may cost money.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Seconds that a mark stays: longer than a delivery may be old, so that a repeated one is known.
KEPT_SECONDS = 900
#: The most marks of one connection; in a flood the oldest go first. Watchers look every two seconds.
KEPT_MARKS = 500
_HEX = 12
_LONGEST_CONN_ID = 150
_TAIL = re.compile(rf"(\d{{13}})\.([0-9a-f]{{{_HEX}}})\.([0-9a-f]{{{_HEX}}})")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """One accepted delivery.

    :param at: when it was accepted, in milliseconds since 1970, by the clock of the API server that took it.
    :param video: what :func:`short` makes of the job's id.
    :param delivery: and of the delivery's ``webhook-id``, by which a repeated one is known.
    """

    at: int
    video: str
    delivery: str


def short(text: str) -> str:
    """Twelve hex digits that stand for an id; should two jobs share them, one request is made for nothing."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HEX]


def prefix_of(conn_id: str) -> str:
    """How the keys of a connection's marks begin."""
    readable = conn_id if len(conn_id) <= _LONGEST_CONN_ID else short(conn_id)
    return f"sora_webhook.{readable}."


def key_of(conn_id: str, mark: Mark) -> str:
    """The Variable's key."""
    return f"{prefix_of(conn_id)}{mark.at:013d}.{mark.video}.{mark.delivery}"


def read_keys(conn_id: str, keys: Iterable[str]) -> dict[str, Mark]:
    """The marks among ``keys``, by key, oldest first; keys of another connection whose id begins alike are left out."""
    begin = prefix_of(conn_id)
    found = {}
    for key in sorted(keys):
        tail = _TAIL.fullmatch(key[len(begin) :]) if key.startswith(begin) else None
        if tail:
            found[key] = Mark(int(tail[1]), tail[2], tail[3])
    return found


def outdated(marks: dict[str, Mark], now: int) -> list[str]:
    """The keys that may go.

    :param marks: all of one connection, oldest first.
    :param now: in milliseconds since 1970.
    """
    oldest = now - KEPT_SECONDS * 1000
    keys = list(marks)
    surplus = set(keys[: max(0, len(keys) - KEPT_MARKS)])
    return [key for key in keys if key in surplus or marks[key].at < oldest]
