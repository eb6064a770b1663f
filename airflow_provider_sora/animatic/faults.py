"""Faults as data: a list of rules, each saying on which call, for which request, how often, and what goes wrong.

A rule is a JSON object:

``on``            call it waits for: ``create remix edit extend get list delete cancel content thumbnail spritesheet
                  character_create character_get files models webhook``, ``paid`` (the first four), ``any``
``action``        what goes wrong, see the tables below
``times``         how often (default 1; null for ever); ``skip``: how many matching requests pass before
``match``         only requests that hold this text in path, query or body (JSON and form text decoded)
``after_accept``  let the server do its work first, so that the job exists and is billed, then spoil the answer
``status``        ``headers`` ``body`` ``preset`` ``seconds`` ``bytes`` ``share`` ``location`` ``error`` ``at``
                  ``patch`` ``drop``: what the action needs
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_provider_sora.animatic.errors import JOB_FAILURES, PRESETS
from airflow_provider_sora.animatic.store import write_json

PAID = ("create", "remix", "edit", "extend")
CONTENT = ("content", "thumbnail", "spritesheet")
CALLS = (
    *PAID,
    "get",
    "list",
    "delete",
    "cancel",
    *CONTENT,
    "character_create",
    "character_get",
    "files",
    "models",
    "openapi",
    "webhook",
)

#: Actions on the job that a paid request makes.
SHAPES: Mapping[str, str] = {
    "fail_job": "the job fails with `error` {code, message} (or `preset`) after the share `at` of its render",
    "stuck": "the job stays in progress for ever",
    "expire": "the content has expired as soon as the job is completed",
    "pad": "the MP4 is `bytes` larger, still playable",
    "pace": "the job has its own `queue_seconds` and `render_seconds`",
}

#: Actions on the webhook that tells of a job's end, where ``on`` is ``webhook``.
WEBHOOKS: Mapping[str, str] = {
    "never": "it is not sent",
    "late": "it is sent `seconds` (default 5) later",
    "twice": "it is sent twice, the second time with the same id",
    "forged": "another secret signs it",
    "stale": "it says that it was sent `seconds` (default 600) ago",
}

#: Actions on the answer.
ANSWERS: Mapping[str, str] = {
    "status": "answer `status` with `headers` and `body` (text or JSON), or with `preset`",
    "hang": "send nothing for `seconds` (default 3600), then cut the connection",
    "reset_before_body": "reset the connection before reading the request's body",
    "reset_after_body": "read the whole request, do nothing, reset the connection",
    "reset_after_accept": "do the work, then reset the connection instead of answering",
    "reset_mid_answer": "send the head of the answer and the `share` (default 0.5) of its body, then reset",
    "half_json": "a complete HTTP answer that holds the first half of the JSON",
    "html": "`status` (default 200) with a proxy's HTML page",
    "empty": "`status` (default 200) with an empty body",
    "slow": "wait `seconds` before the answer; with `bytes_per_second`, also send it slowly",
    "truncate": "announce the whole length, send `bytes` or the `share` of it, close in an orderly way",
    "cut_after": "send at `bytes_per_second`, close after `seconds`, as a proxy with a time limit",
    "wrong_length": "announce `bytes` more (or, negative, less) than is sent",
    "no_length": "send without Content-Length, ended by closing",
    "corrupt": "whole length, but the bytes from the middle on are noise",
    "json_content": "200 with JSON, `body` or one that names a URL, where bytes belong",
    "redirect": "`status` (default 302) to `location`, by default a signed one here, with `host` as its name",
    "ignore_range": "answer a Range request with the whole file and 200",
    "change_etag": "another ETag at every answer",
    "drop_headers": "leave out the headers named in `drop`",
    "patch": "lay `patch` over the JSON answer and leave out the fields in `drop`",
    "whole_mp4": "answer thumbnail and spritesheet with the MP4",
    "vanish": "404 as if the job were unknown, as behind a load balancer without sticky routing",
}

WORK_FIRST = frozenset(
    {"reset_after_accept", "reset_mid_answer", "half_json", "truncate", "cut_after", "wrong_length", "no_length",
     "corrupt", "ignore_range", "change_etag", "drop_headers", "patch", "slow", "whole_mp4", "redirect"}
)  # fmt: skip
OPTIONS = frozenset(
    {"status", "headers", "body", "preset", "seconds", "bytes", "bytes_per_second", "share", "location", "host",
     "error", "at", "patch", "drop", "queue_seconds", "render_seconds"}
)  # fmt: skip


class RuleError(ValueError):
    """A fault rule that makes no sense."""


@dataclass
class Rule:
    """One fault and how often it is still to happen."""

    id: int
    on: tuple[str, ...]
    action: str
    times: int | None = 1
    skip: int = 0
    match: str | None = None
    after_accept: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    @property
    def shapes_job(self) -> bool:
        return self.action in SHAPES

    @property
    def works_first(self) -> bool:
        """Whether the server does its work before the answer is spoiled."""
        return self.after_accept or self.action in WORK_FIRST

    def public(self) -> dict[str, Any]:
        shown = {
            name: getattr(self, name) for name in ("id", "action", "times", "skip", "match", "after_accept", "hits")
        }
        return {**shown, "on": list(self.on), **self.options}


def _number(values: Mapping[str, Any], name: str, *, whole: bool, least: float = 0) -> None:
    value = values.get(name)
    kind = int if whole else (int, float)
    if value is not None and (isinstance(value, bool) or not isinstance(value, kind) or value < least):
        raise RuleError(f"{name!r} must be a {'whole ' if whole else ''}number of at least {least}, not {value!r}.")


def read_rule(values: Mapping[str, Any], number: int) -> Rule:
    """A rule from its JSON form.

    :raises RuleError: naming what is unknown or missing; a mistyped rule must not look like a fault survived.
    """
    if not isinstance(values, Mapping):
        raise RuleError(f"A fault rule is an object, not {values!r}.")
    known = {"on", "action", "times", "skip", "match", "after_accept"} | OPTIONS
    if unknown := sorted(set(values) - known):
        raise RuleError(f"A fault rule has no {unknown[0]!r}; it has {', '.join(sorted(known))}.")
    action = values.get("action")
    if action not in SHAPES and action not in ANSWERS and action not in WEBHOOKS:
        raise RuleError(
            f"There is no action {action!r}; there are {', '.join(sorted({*SHAPES, *ANSWERS, *WEBHOOKS}))}."
        )
    on = values.get("on", "paid" if action in SHAPES else "webhook" if action in WEBHOOKS else "any")
    calls = (on,) if isinstance(on, str) else tuple(on)
    for call in calls:
        if call not in (*CALLS, "paid", "any"):
            raise RuleError(f"There is no call {call!r}; there are {', '.join((*CALLS, 'paid', 'any'))}.")
    if (action in WEBHOOKS) is not (calls == ("webhook",)):
        raise RuleError(f"On 'webhook', and nowhere else, there are {', '.join(sorted(WEBHOOKS))}.")
    _number(values, "times", whole=True)
    _number(values, "skip", whole=True)
    _number(values, "seconds", whole=False)
    _number(values, "share", whole=False)
    _number(values, "bytes_per_second", whole=False, least=1)
    options = {name: values[name] for name in OPTIONS & values.keys()}
    _complete(str(action), options)
    return Rule(
        number,
        calls,
        str(action),
        times=values.get("times", 1),
        skip=values.get("skip", 0),
        match=values.get("match"),
        after_accept=bool(values.get("after_accept", False)),
        options=options,
    )


def _complete(action: str, options: dict[str, Any]) -> None:
    """Look up presets and demand what an action cannot do without."""
    preset = options.get("preset")
    if action == "fail_job":
        if "error" not in options:
            name = preset or "server_error"
            if name not in JOB_FAILURES:
                raise RuleError(f"There is no preset {name!r} for fail_job; there are {', '.join(JOB_FAILURES)}.")
            options["error"] = JOB_FAILURES[name]
    elif action == "status":
        if preset is not None and preset not in PRESETS:
            raise RuleError(f"There is no preset {preset!r}; there are {', '.join(PRESETS)}.")
        if preset is None and not isinstance(options.get("status"), int):
            raise RuleError("The action 'status' needs a 'status' number or a 'preset'.")
    elif action in ("pad", "wrong_length") and not isinstance(options.get("bytes"), int):
        raise RuleError(f"The action {action!r} needs 'bytes'.")
    elif action == "cut_after" and not options.get("bytes_per_second"):
        raise RuleError("The action 'cut_after' needs 'bytes_per_second'.")


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
