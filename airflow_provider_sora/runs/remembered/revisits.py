"""With what a feed's host is asked the next time, so that an unchanged feed is not sent again.

Kept only where an unchanged feed would leave a run nothing to do: as soon as an article waits for a later run, for its
hour or for other settings, the feed is asked for whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_sora import __version__
from airflow_provider_sora.stores.keys import digest
from airflow_provider_sora.words.left_out import LeftOut

if TYPE_CHECKING:
    from airflow_provider_sora.runs.planned import PlannedRun

#: Codes of articles that a later run may take from the same feed.
_WAITING = ("max_items", "used_up", "too_dear", "future", "taken_now", "cut_off", "cut_article")


@dataclass(frozen=True, slots=True)
class Visit:
    """With which headers a feed's host is asked what has changed since."""

    ask: Mapping[str, str]

    def to_json(self) -> dict[str, dict[str, str]]:
        return {"ask": dict(self.ask)}

    @classmethod
    def from_json(cls, document: Mapping[str, Mapping[str, str]]) -> Visit:
        return cls(dict(document["ask"]))


class Revisits:
    """ETag and date of each feed, of runs with the same params and style.

    :param settings: what shapes the choice beside the run's params.
    """

    def __init__(self, run: PlannedRun, *, settings: str) -> None:
        self._run = run
        params = json.dumps(dict(run.params), sort_keys=True, default=str)
        self._settings = digest(__version__, params, settings)[:20]

    def validators(self, sources: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """The headers with which to ask, by source. None for a dry run, which shows all that is there."""
        if self._run.dry_run:
            return {}
        found = {source: self._run.store.get(self._name(source)) for source in sources if _is_on_the_web(source)}
        return {source: Visit.from_json(told).ask for source, told in found.items() if told}

    def keep(self, validators: Mapping[str, Mapping[str, str]], skipped: Iterable[LeftOut]) -> None:
        """Remember them for the next run, unless an article waits for it."""
        if self._run.dry_run or any(entry.reason.code in _WAITING for entry in skipped):
            return
        for source, ask in validators.items():
            told = Visit(ask).to_json()
            if self._run.store.get(self._name(source)) != told:
                self._run.store.replace(self._name(source), told)

    def _name(self, source: str) -> str:
        return f"{self._run.paths.state}/feeds/{digest(source)[:20]}-{self._settings}.json"


def _is_on_the_web(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))
