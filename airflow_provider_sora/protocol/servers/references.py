"""What a scene refers to beside the picture it starts from, as one server wants it told; checked before paying (pure).

Which servers take what is data of their :class:`~.dialect.Dialect`. It travels in fields of the request's body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError, UnsupportedByServerError
from airflow_provider_sora.protocol.servers.dialect import Dialect

_WORDS = {
    "first_frame": "a first frame by its address",
    "last_frame": "a last frame",
    "pictures": "reference pictures",
    "audio": "a reference sound",
}


@dataclass(frozen=True, slots=True)
class References:
    """Addresses that a server fetches by itself.

    :param first_frame: the picture that a video starts from, and the one that it ends on.
    :param pictures: of people and things that appear, without fixing a frame.
    :param audio: a sound or voice.
    """

    first_frame: str | None = None
    last_frame: str | None = None
    pictures: tuple[str, ...] = ()
    audio: str | None = None

    @property
    def given(self) -> Mapping[str, tuple[str, ...]]:
        """Those that are there, by kind."""
        found = {
            "first_frame": (self.first_frame,),
            "last_frame": (self.last_frame,),
            "pictures": self.pictures,
            "audio": (self.audio,),
        }
        named = {kind: tuple(one for one in addresses if one) for kind, addresses in found.items()}
        return {kind: addresses for kind, addresses in named.items() if addresses}


def fields_of(references: References, dialect: Dialect, server: str) -> dict[str, Any]:
    """The fields that they make in the request's body, for ``extra_body``; empty where there is none.

    :param server: the server in words.
    :raises UnsupportedByServerError: it does not take one of them, or not both of two.
    :raises InvalidRequestError: an address that no server can fetch.
    """
    found: dict[str, Any] = {}
    ways: set[str] = set()
    for kind, addresses in references.given.items():
        way, _, name = dialect.references.get(kind, "").partition(":")  # type: ignore[call-overload]
        if not way:
            takes = ", ".join(_WORDS[known] for known in dialect.references)
            raise UnsupportedByServerError(
                f"This server, {server}, does not take {_WORDS[kind]}" + (f"; it takes {takes}." if takes else "."),
                step=f"take {kind} out, use a server that has it, or name it in the connection's dialect (references).",
            )
        for address in addresses:
            _check_address(kind, address, server)
        ways.add(way)
        if way == "object":
            if len(addresses) > 1 or name in found:
                raise UnsupportedByServerError(
                    f"This server, {server}, takes one address under {name}, but the scene gives more.",
                    step=f"leave one of {kind}.",
                )
            found[name] = {_type(kind): addresses[0]}
        else:
            found.setdefault(name, []).extend(_entry(way, kind, address) for address in addresses)
    if {"frames", "items"} <= ways:
        # Documented of both servers that have the two: one refuses, the other drops the second without a word.
        raise UnsupportedByServerError(
            f"This server, {server}, takes a scene's frames or its reference pictures and sounds, not both.",
            step="take one of the two out of the scene.",
        )
    return found


def _type(kind: str) -> str:
    return "audio_url" if kind == "audio" else "image_url"


def _entry(way: str, kind: str, address: str) -> Any:
    if way == "urls":
        return address
    entry: dict[str, Any] = {"type": _type(kind), _type(kind): {"url": address}}
    return {**entry, "frame_type": kind} if way == "frames" else entry


def _check_address(kind: str, address: str, server: str) -> None:
    if not address.lower().startswith(("https://", "data:")):
        raise InvalidRequestError(
            f"{kind} {address.partition('?')[0]!r} is no address that {server} can fetch.",
            step="give an https:// address that needs no login.",
        )
