"""The fault rules in force: which of them strike a request, and how often they still do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from airflow_provider_sora.animatic.faults.actions import WEBHOOKS
from airflow_provider_sora.animatic.faults.rules import Rule, read_rule
from airflow_provider_sora.animatic.jobs.store import write_json


class FaultBook:
    """The rules in force, in order; kept in a file so that they outlive a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = 1
        self.rules: list[Rule] = []
        if path.exists():
            for saved in json.loads(path.read_text(encoding="utf-8")):
                hits, _ = saved.pop("hits"), saved.pop("id")
                rule = self._add(saved)
                rule.hits = hits

    def _add(self, values: Mapping[str, Any]) -> Rule:
        rule = read_rule(values, self._next)
        self._next += 1
        self.rules.append(rule)
        return rule

    def add(self, rules: Iterable[Mapping[str, Any]]) -> list[Rule]:
        """Put rules in force, all or none."""
        checked = [read_rule(values, self._next + index) for index, values in enumerate(rules)]
        self._next += len(checked)
        self.rules.extend(checked)
        self._save()
        return checked

    def clear(self) -> None:
        self.rules.clear()
        self._save()

    def _save(self) -> None:
        write_json(self._path, [rule.public() for rule in self.rules])

    def take(self, call: str, text: str, *, paid: bool, among: Iterable[Rule]) -> list[Rule]:
        """The rules that strike this request: at most one on the answer, any number on the job.

        :param text: path, query and body of the request, for ``match``.
        :param among: the rules to look at, in their order.
        """
        struck: list[Rule] = []
        for rule in among:
            if not self._meets(rule, call, text, paid=paid):
                continue
            if not rule.shapes_job and any(not other.shapes_job for other in struck):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if rule.times is not None:
                if rule.times <= 0:
                    continue
                rule.times -= 1
            rule.hits += 1
            struck.append(rule)
        if struck:
            self._save()
        return struck

    @staticmethod
    def _meets(rule: Rule, call: str, text: str, *, paid: bool) -> bool:
        if (rule.shapes_job and not paid) or (rule.action in WEBHOOKS) is not (call == "webhook"):
            return False
        wanted = call in rule.on or "any" in rule.on or (paid and "paid" in rule.on)
        return wanted and (rule.match is None or rule.match in text)
