"""The error for what is larger than may be read; one wording for every reader."""

from __future__ import annotations

from airflow_provider_sora.addresses import shown
from airflow_provider_sora.exceptions import InvalidRequestError


def too_large(source: str, max_bytes: int, have: int | None = None) -> InvalidRequestError:
    """The error for a file above the cap."""
    weight = "weighs more than" if have is None else f"weighs {have:,} bytes, more than"
    return InvalidRequestError(
        f"input_reference {shown(source)!r} {weight} the {max_bytes:,} bytes allowed. "
        "Nothing was paid. Use a smaller file."
    )
