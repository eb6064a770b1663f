"""What people decided about a clip, as the objects beside its receipt say: the one place that reads them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.scrub import scrub_text

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore

_NAME = re.compile(r"decision-\d{1,6}\.json")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """One decision.

    :param state: a word such as ``approved``; ``who``: blank where the due time passed and nobody had answered.
    """

    state: str
    who: str
    at: str
    why: str


def read_trail(store: ObjectStore, folder: str) -> tuple[Step, ...]:
    """The decisions about the clip in a folder, the oldest first; what is no decision is passed over.

    :raises ArchiveError: the store failed.
    """
    prefix = f"{folder}/decision-"
    names = sorted(found.name for found in store.list(prefix) if _NAME.fullmatch(found.name.rpartition("/")[2]))
    return tuple(step for name in names if (step := _step(store.read_bytes(name))) is not None)


def _step(content: bytes) -> Step | None:
    try:
        found: Any = json.loads(content)
    except ValueError:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("state"), str):
        return None
    by = found.get("by")
    who = str(by.get("name") or "") if isinstance(by, dict) else ""
    return Step(_text(found["state"]), _text(who), _text(found.get("at")), _text(found.get("why")))


def _text(value: object) -> str:
    return scrub_text(str(value or ""))[:_LONGEST]
