"""The lines of the conformance matrix: right, wrong (the provider's doing), or a fault (the server's)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix.

    :param wrong: what the provider did that it should not have.
    :param fault: what the server did that leaves this ability without a verdict.
    """

    ability: str
    seen: str
    wrong: str | None = None
    fault: str | None = None


class CannotJudgeError(RuntimeError):
    """The server cannot be asked further, and that says nothing about the provider."""


class Verdicts:
    """Collects the lines, and prints each as it is found."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def row(self, ability: str, seen: str, wrong: str | None = None, fault: str | None = None) -> None:
        self.rows.append(Row(ability, seen, wrong, fault))
        verdict = "WRONG" if wrong else ("fault" if fault else "ok")
        print(
            f"  {verdict:5}  {ability:12}  {seen}" + "".join(f" - {why}" for why in (wrong, fault) if why), flush=True
        )

    def tried(self, ability: str, call: Callable[[], Any], told: Callable[[Any], str], *, claimed: bool = False) -> Any:
        """Row of a call that may be answered or refused, but only by one of our own exceptions.

        :param claimed: the dialect says that the server has it, and what it is asked about exists.
        """
        from airflow_provider_sora.exceptions import AmbiguousSubmitError, SoraError, UnreadableAnswerError

        try:
            answer = call()
        except SoraError as error:
            seen = f"{type(error).__name__}: {error.message}"
            status = error.status_code or 0
            if claimed and status in (404, 405, 501):
                self.row(ability, seen, "the dialect says that it is there")
            elif isinstance(error, (UnreadableAnswerError, AmbiguousSubmitError)) or status >= 500:
                self.row(ability, seen, fault="the server gave no answer that can be judged")
            else:
                self.row(ability, seen)
        except Exception as error:  # noqa: BLE001 - a stray exception is what this looks for
            self.row(ability, f"{type(error).__name__}: {error}", "an exception that is not ours")
        else:
            self.row(ability, told(answer))
            return answer
        return None

    def guarded(self, ability: str, step: Callable[[], None]) -> None:
        """A step whose stray exception is a wrong verdict, and not the end of the pass."""
        try:
            step()
        except CannotJudgeError:
            raise
        except Exception as error:  # noqa: BLE001 - a stray exception is what this looks for
            self.row(ability, f"{type(error).__name__}: {error}", "an exception that is not ours")
