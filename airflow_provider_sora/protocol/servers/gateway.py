"""What a gateway says of its own sendings of one paid request, and what is sent so that there is only one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import AmbiguousSubmitError, SoraError

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.servers.dialect import Dialect

#: LiteLLM's counts of what it sent on its own, beyond the first time (seen in 1.106.2, on good answers only).
_COUNTS = ("x-litellm-attempted-retries", "x-litellm-attempted-fallbacks")


def upstream_requests(headers: Mapping[str, str]) -> int | None:
    """How often at least the gateway sent our one request on; None where it does not say."""
    counts = [int(headers[name]) for name in _COUNTS if headers.get(name, "").isdecimal()]
    return 1 + sum(counts) if counts else None


def paid_headers(dialect: Dialect, own: Mapping[str, str]) -> dict[str, str]:
    """The headers that keep this gateway from repeating, less those that the connection sets itself."""
    taken = {name.lower() for name in own}
    return {name: value for name, value in dialect.paid_headers.items() if name not in taken}


def with_count(error: SoraError, dialect: Dialect, headers: Mapping[str, str]) -> SoraError:
    """What a failed paid request leaves to know of the gateway's own sendings, added to its error.

    A refusal of the last of several sendings says nothing about the ones before it: their outcome is unknown.
    """
    count = upstream_requests(headers)
    if count is not None and count > 1:
        said = f"The gateway sent this {count} times, and each may be a paid job."
        if not isinstance(error, AmbiguousSubmitError):
            step = "look for the job on the server."
            return AmbiguousSubmitError(
                f"{error.happened} {said}", step=step, status_code=error.status_code, code=error.code
            )
    elif dialect.repeats and isinstance(error, AmbiguousSubmitError):
        told = ", ".join(f"{name}: {value}" for name, value in dialect.paid_headers.items())
        said = f"{dialect.label} was told to send it on once ({told}); how often it did, its answer does not say."
    else:
        return error
    return error.with_message(f"{error.happened} {said}", cost=error.cost, step=error.step)
