"""What a server can do, in one small object: for *Test connection*, preflight tasks and messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How surely a server is known. What only resembles a make is spoken to plainly, like an unknown one."""

    #: The connection says which dialect to speak.
    NAMED = "named"
    #: The server names itself, or has routes that only this make has.
    RECOGNISED = "recognised"
    #: Some of its answers look like those of a make. That proves nothing.
    RESEMBLES = "resembles"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one server is and can do.

    :param server: in words: ``vLLM-Omni 0.30``.
    :param version: as the server tells it; None where it does not.
    :param dialect: name of the dialect spoken to it.
    :param models: the models it lists; empty where it lists none.
    :param calls: abilities, sorted: create, get, list, delete, cancel, content, thumbnail, spritesheet, remix, edit,
        extend, characters.
    :param list_has_prompts: True where a lost job can be found in the list.
    :param idempotent: True where a second POST with the same Idempotency-Key returns the first job.
    :param sure: False where nothing identified the server, or it only resembles a make.
    :param notes: sentences worth reading: how it was recognised, what is known from documents only.
    :param recognised: how surely it is known, a word of :class:`Grade`; ``how`` says by what.
    :param resembles: the dialect whose make it looks like, where that is all there is.
    :param lost_answer: what happens here when the answer to a paid request is lost.
    :param gateway: warnings of a gateway that may send one paid request on several times.
    """

    server: str
    version: str | None
    dialect: str
    models: tuple[str, ...]
    calls: tuple[str, ...]
    list_has_prompts: bool
    idempotent: bool
    sure: bool = True
    notes: tuple[str, ...] = ()
    recognised: str = Grade.RECOGNISED.value
    how: str = ""
    resembles: str | None = None
    lost_answer: str = ""
    gateway: tuple[str, ...] = ()

    def sentence(self) -> str:
        """One line for a person."""
        models = f"; models: {', '.join(self.models[:8])}" if self.models else ""
        more = f" and {len(self.models) - 8} more" if len(self.models) > 8 else ""
        notes = f". {' '.join(self.notes)}" if self.notes else ""
        return f"{self.server} (dialect {self.dialect}) can {', '.join(self.calls)}{models}{more}{notes}"
