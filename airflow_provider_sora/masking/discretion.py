"""Discretion: within it, no text that is kept or shown repeats what a server said, for it may repeat the prompt.

A prompt that is made of private data goes to the server and nowhere else. Servers quote: a validation error holds the
request's body, a moderation's reason the sentence it means. So where such a request is sent and its job is looked at,
the server's own words decide what they always decide (a refusal for good, an account without credit) and are left out
of every message; codes, types and numbers stay. Codes are words of the server too, so they must look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: In the place of a server's words.
LEFT_OUT = "its words are left out, for they may repeat private data"

_discreet: ContextVar[bool] = ContextVar("airflow_provider_sora_discreet", default=False)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}")


@contextmanager
def discreetly(on: bool = True) -> Iterator[None]:
    """Within it, what servers say is read and not repeated.

    :param on: False changes nothing.
    """
    token = _discreet.set(on or _discreet.get())
    try:
        yield
    finally:
        _discreet.reset(token)


def is_discreet() -> bool:
    """Whether private data is under way."""
    return _discreet.get()


def words(text: str, hidden: bool) -> str:
    """A server's words, or what stands in their place where they are hidden."""
    return LEFT_OUT if hidden and text else text


def code(text: str, hidden: bool) -> str:
    """A server's code; ``""`` where it is hidden and does not look like one."""
    return text if not hidden or _CODE.fullmatch(text) else ""
