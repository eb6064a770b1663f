"""The buttons by which a person decides about a clip, and what each of them sends to Airflow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """A button.

    :param name: ``approve``, ``reject``, ``change``, ``withdraw`` or ``ask``.
    :param title: what it says; ``price``: what stands beside it, blank where it costs nothing.
    :param method: of the request to ``address``; ``body``: its JSON, in which ``words`` names where the person's own
        go: keys apart by dots, blank where none are sent.
    :param needs_words: nothing is sent without.
    :param sure: what is asked before it is sent; blank where nothing is.
    :param then: what is said once it was taken.
    """

    name: str
    title: str
    address: str
    body: Mapping[str, Any]
    method: str = "POST"
    words: str = ""
    price: str = ""
    needs_words: bool = False
    sure: str = ""
    then: str = ""

    @property
    def json(self) -> str:
        return json.dumps(self.body)


@dataclass(frozen=True, slots=True)
class Box:
    """What a person can do about a clip.

    :param note: a sentence before all; ``acts`` may be empty.
    :param trail: address at which the decisions are read, as they are now.
    :param seen: how many decisions this page knows.
    :param me: name of whoever looks at it, as a decision keeps it.
    """

    note: str
    acts: tuple[Act, ...]
    trail: str
    seen: int
    me: str
