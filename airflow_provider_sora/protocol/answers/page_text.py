"""One page of a server's list, read entry by entry: whoever reads ten megabytes of it can stop in between."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from typing import Any

from airflow_provider_sora.exceptions import UnreadableAnswerError

_BLANK = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


class PageText:
    """A page as received. ``has_more`` and ``last_id`` are known when :meth:`entries` has ended."""

    def __init__(self, body: bytes) -> None:
        self._text = body.decode("utf-8-sig", "replace")
        self.has_more = False
        self.last_id: str | None = None

    def entries(self) -> Iterator[Any]:
        """Each entry of the list as plain JSON.

        :raises UnreadableAnswerError: it is no page, or none from here on.
        """
        try:
            if not (yield from self._page()):
                raise UnreadableAnswerError("The server's list of videos holds no list.")
        except (ValueError, IndexError, RecursionError) as error:
            raise UnreadableAnswerError("The server's list of videos is broken JSON.") from error

    def _page(self) -> Generator[Any, None, bool]:
        at, listed = self._skip(0), False
        if self._text[at] == "[":
            yield from self._array(at)
            return True
        at = self._skip(self._expect("{", at))
        while self._text[at] == '"':
            name, at = _decode(self._text, at)
            at = self._skip(self._expect(":", self._skip(at)))
            if name == "data" and self._text[at] == "[":
                at, listed = (yield from self._array(at)), True
            else:
                value, at = _decode(self._text, at)
                if name == "has_more":
                    self.has_more = value not in (None, False, 0, "", "false", "False")
                elif name == "last_id" and isinstance(value, str) and value:
                    self.last_id = value
            at = self._skip(at)
            if self._text[at] != ",":
                break
            at = self._skip(at + 1)
        self._expect("}", at)
        return listed

    def _array(self, at: int) -> Generator[Any, None, int]:
        at = self._skip(at + 1)
        if self._text[at] == "]":
            return at + 1
        while True:
            entry, at = _decode(self._text, at)
            yield entry
            at = self._skip(at)
            if self._text[at] == "]":
                return at + 1
            at = self._skip(self._expect(",", at))

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return at if found is None else found.end()

    def _expect(self, sign: str, at: int) -> int:
        if self._text[at] != sign:
            raise ValueError(f"no {sign!r} at {at}")
        return at + 1
