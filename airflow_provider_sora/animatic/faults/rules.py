"""Faults as data: a list of rules, each saying on which call, for which request, how often, and what goes wrong.

A rule is a JSON object:

``on``            call it waits for: ``create remix edit extend get list delete cancel content thumbnail spritesheet
                  character_create character_get files models webhook``, ``paid`` (the first four), ``any``
``action``        what goes wrong, see the tables in ``actions``
``times``         how often (default 1; null for ever); ``skip``: how many matching requests pass before
``match``         only requests that hold this text in path, query or body (JSON and form text decoded)
``after_accept``  let the server do its work first, so that the job exists and is billed, then spoil the answer
``status``        ``headers`` ``body`` ``preset`` ``seconds`` ``bytes`` ``share`` ``location`` ``error`` ``at``
                  ``patch`` ``drop``: what the action needs
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.animatic.errors import JOB_FAILURES, PRESETS
from airflow_provider_sora.animatic.faults.actions import ANSWERS, CALLS, OPTIONS, SHAPES, WEBHOOKS, WORK_FIRST


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
