"""Secrets made up for a test, and the search for them: as they are, and as HTML, JSON, a URL or base64 write them."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

#: How many characters of a canary are enough to say that it got out.
PIECE = 12


@dataclass(frozen=True, slots=True)
class Canary:
    """:param text: the secret. :param may: places where the documentation says that it stands: they begin so."""

    name: str
    text: str
    may: tuple[str, ...] = ()

    def forms(self) -> set[bytes]:
        """Every spelling that is looked for."""
        plain = {self.text, html.escape(self.text), quote(self.text, safe=""), json.dumps(self.text)[1:-1]}
        found = {text.encode() for text in plain} | {self.text[:PIECE].encode(), self.text[-PIECE:].encode()}
        for shift in range(
            3
        ):  # wherever in the encoded bytes it begins; the characters at both ends are its neighbours'
            whole = base64.b64encode(b"\0" * shift + self.text.encode()).rstrip(b"=")
            inner = whole[4:-4]
            found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
        return found


@dataclass(frozen=True, slots=True)
class Hit:
    """:param around: what was found, and a little of what stands around it."""

    place: str
    canary: str
    around: str


def hits(places: Mapping[str, bytes], canaries: Iterable[Canary]) -> list[Hit]:
    """Each canary that is somewhere it may not be, once for each place."""
    found = []
    for place, data in places.items():
        for canary in canaries:
            if place.startswith(canary.may or ("\0",)):
                continue
            at = next((data.index(form) for form in sorted(canary.forms()) if form in data), None)
            if at is not None:
                around = data[max(0, at - 120) : at + 80].decode("utf-8", "replace")
                found.append(Hit(place, canary.name, around))
    return found
