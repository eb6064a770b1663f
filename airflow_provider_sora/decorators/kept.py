"""A function's answer, kept from the try that asked it to the last one, and when it is asked anew.

A function that words its prompt anew at each call (a language model, a clock, a draw) would ask every retry for another
video, while the job of the first one is paid for. So what it answered is stored before anything is paid.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from typing import Any

from airflow_provider_sora.exceptions import LedgerError
from airflow_provider_sora.jobs.ledger import FAILED, INTENT, REFUSED, Entry, StateStore

#: Key in the task state store, and of the XCom that stands in for it. Renaming it would orphan answers in flight.
REQUEST_KEY = "sora_request"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer.

    :param asked: the operator's arguments by name.
    :param function: digest of the function's source and arguments; None where its source cannot be had.
    :param max_tries: Airflow's ``max_tries`` when it was asked or last used; a clear by the user changes it.
    """

    asked: Mapping[str, Any]
    function: str | None
    max_tries: int

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **asdict(self), "asked": dict(self.asked)}


def digest_of(source: str | None, positional: Sequence[Any], named: Mapping[str, Any]) -> str | None:
    """What tells whether a cleared task still has the same function and arguments.

    :param source: of the function, without its decorator; None where it cannot be had.
    """
    if source is None:
        return None
    text = json.dumps([source, _plain(list(positional)), _plain(named)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _plain(value: object) -> Any:
    """The same in every process: no order of a set, no address in memory, keys of any type."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Mapping):
        return sorted(([repr(_plain(key)), _plain(one)] for key, one in value.items()), key=lambda pair: pair[0])
    if isinstance(value, Set):
        return sorted(repr(_plain(one)) for one in value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_plain(one) for one in value]
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def why_anew(kept: Kept | None, now: Kept, entry: Entry | None, on_clear: object) -> str | None:
    """Why the function has to be asked (again), in words for the log; None where its kept answer is used (pure).

    A retry always uses it. After a clear by the user it is used as long as a job that it asked for can be gone on with:
    then ``on_clear`` and a changed function decide, as they do for an operator.

    :param now: the function and ``max_tries`` as they are now.
    :param entry: the record of the task's paid job.
    """
    if kept is None:
        return "it was not asked before"
    if kept.max_tries == now.max_tries:
        return None
    if kept.function != now.function:
        return "the task was cleared, and the function or what it is given has changed"
    if entry is None or entry.phase in (REFUSED, FAILED):
        return "the task was cleared, and no job of its earlier answer can be gone on with"
    if on_clear == "new" and entry.phase != INTENT:
        return "the task was cleared with on_clear='new'"
    return None


class Keeper:
    """Where an answer is kept: the task state store, else (Airflow 3.2, ``durable=False``) an XCom, which outlives a
    wait in the triggerer and no more than that.

    :param show: writes the XCom; ``shown`` reads it.
    """

    def __init__(self, store: StateStore | None, show: Callable[[Any], None], shown: Callable[[], Any]) -> None:
        self._store = store
        self._show = show
        self._shown = shown

    def read(self) -> Kept | None:
        """:raises LedgerError: it cannot be read; unreadable is not absent, so the task stops before it pays."""
        try:
            value = self._shown() if self._store is None else self._store.get(REQUEST_KEY)
            if value is None:
                return None
            if value["schema"] != SCHEMA or not isinstance(value["asked"], Mapping):
                raise ValueError(f"not an answer of schema {SCHEMA}")
            return Kept(dict(value["asked"]), value["function"], int(value["max_tries"]))
        except Exception as error:
            raise LedgerError(
                "What the decorated function answered in an earlier try cannot be read "
                f"({type(error).__name__}: {error}). Another answer could pay twice, so the task stopped before it "
                "sent anything further.",
                step=f"retry; if it stays unreadable, look at the state-store key {REQUEST_KEY!r} of this task.",
            ) from error

    def write(self, kept: Kept) -> None:
        """:raises LedgerError: it cannot be kept; this try has paid for nothing."""
        try:
            if self._store is None:
                self._show(kept.to_json())
            else:
                self._store.set(REQUEST_KEY, kept.to_json())
        except Exception as error:
            raise LedgerError(
                f"What the decorated function answered cannot be kept ({type(error).__name__}: {error}), so a retry "
                "could ask for another video. The task stopped before this try sent a paid request.",
                step="retry.",
            ) from error
