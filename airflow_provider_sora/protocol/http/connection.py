"""An Airflow connection's fields, checked and frozen. Pure: knows no Airflow, opens no socket."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from airflow_provider_sora.arguments import is_blank
from airflow_provider_sora.fields import DESCRIBED, Problem, about, is_mask, misspelt, read
from airflow_provider_sora.protocol.http.address import read_address, wrong
from airflow_provider_sora.protocol.http.extra import ConnectionExtra

DEFAULT_TIMEOUT = 120.0
_CARRIED = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True, kw_only=True, config=DESCRIBED)
class ConnectionSettings(ConnectionExtra):
    """What a ``sora`` connection says: the fields of its extra, which are described there, and these.

    ``dialect`` holds what the connection gives as ``dialect_overrides``, too.

    :param base_url: with path (``http://host:8765/v1``), without a slash at its end.
    :param key: blank where the server wants none.
    """

    base_url: str
    key: str = Field(default="", repr=False)
    login: str = ""
    conn_id: str = "sora_default"

    @property
    def timeout(self) -> float:
        """Seconds one ordinary request may take."""
        return self.request_timeout or DEFAULT_TIMEOUT

    @property
    def root_url(self) -> str:
        """The server's address without the protocol's ``/v1``: where its OpenAPI page lies."""
        return self.base_url.removesuffix("/v1")

    @property
    def has_credentials(self) -> bool:
        return bool(self.key) or any(name.lower() == "authorization" for name in self.headers)

    def model_or_default(self, model: str | None) -> str | None:
        """The model that is asked for: the one named, else the connection's; None leaves it to the server."""
        return self.default_model if model is None else model

    def auth_headers(self) -> dict[str, str]:
        """The headers that only this server may see: the key, and the connection's own."""
        headers = dict(self.headers)
        if self.key and self.auth == "bearer":
            headers["Authorization"] = f"Bearer {self.key}"
        elif self.key and self.auth == "basic":
            pair = base64.b64encode(f"{self.login}:{self.key}".encode()).decode() if self.login else self.key
            headers["Authorization"] = f"Basic {pair}"
        return headers

    def secrets(self) -> tuple[str, ...]:
        """Texts that must never appear in a log or an error: the key, its pair with the login, every header's value
        and the words of one (``Bearer …``). In which spellings, :mod:`.reading.redaction` knows."""
        pair = (f"{self.login}:{self.key}",) if self.login and self.key else ()
        words = (word for value in self.headers.values() for word in re.split(r"[\s,;=]+", value) if len(word) >= 8)
        texts = (self.key, *pair, *self.headers.values(), *words)
        return tuple(dict.fromkeys(text for text in texts if len(text) >= 6))


def read_connection(
    *,
    conn_id: str,
    host: str | None,
    password: str | None = None,
    login: str | None = None,
    port: int | None = None,
    schema: str | None = None,
    extra: Mapping[str, Any] | None = None,
) -> ConnectionSettings:
    """Check a connection's fields. In ``extra``, None and empty text are not set: that is what a form stores.

    :raises ApiShutDownError: no host, or OpenAI's own. Nothing was sent or paid.
    :raises ConfigurationError: anything else that is wrong; names the field. Nothing was sent or paid.
    """

    def fault(problem: Problem) -> Exception:
        return wrong(conn_id, problem.place, problem.what, problem.step)

    known = about(ConnectionExtra)
    for name in extra or {}:
        # A name that is like none of ours may be another tool's.
        if name not in known and (problem := misspelt(name, known, likeness=0.8)).near:
            raise wrong(conn_id, f"extra {name!r}", problem.what, problem.step)
    given = {name: value for name, value in (extra or {}).items() if name in known and value not in (None, "")}
    for name, value in given.items():
        if is_blank(value) and not known[name].secret:
            raise wrong(conn_id, name, f"it is blank ({value!r})", "give it a value, or leave it out")
    said = read(lambda: ConnectionExtra(**given), fault)
    key = _key(conn_id, password)
    if said.auth != "none":
        for name in said.headers:
            if name.lower() == "authorization":
                raise wrong(conn_id, f"headers[{name!r}]", f"auth={said.auth!r} sets it too", 'set auth to "none"')
    return ConnectionSettings(
        **{**vars(said), "dialect": _whole_dialect(conn_id, said), "dialect_overrides": {}},
        base_url=read_address(conn_id, host, port, schema),
        key=key,
        login=(login or "").strip(),
        conn_id=conn_id,
    )


def _key(conn_id: str, password: str | None) -> str:
    key = (password or "").strip()
    if is_mask(key):
        raise wrong(
            conn_id, "password", "it is the mask that Airflow's pages show instead of a key", "type the key anew"
        )
    if not _CARRIED.fullmatch(key):
        raise wrong(conn_id, "password", "the key holds characters that no HTTP header can carry", "paste it again")
    return key


def _whole_dialect(conn_id: str, said: ConnectionExtra) -> str | Mapping[str, Any]:
    """The form has a list of names, and a field of its own for what differs."""
    if not said.dialect_overrides:
        return said.dialect
    if said.dialect == "auto":
        step = "set dialect to the server that it is most like, or to plain"
        raise wrong(conn_id, "dialect_overrides", "with dialect auto it is not known what they differ from", step)
    named = {"base": said.dialect} if isinstance(said.dialect, str) else said.dialect
    return {**named, **said.dialect_overrides}
