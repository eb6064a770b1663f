"""Where and how a finished video is kept, and whether it may differ from what was asked: checked and frozen (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.arguments import (
    as_flag,
    as_mapping,
    as_number,
    as_place,
    as_text,
    check_names,
    lenient,
    wrong,
)
from airflow_provider_sora.exceptions import ConfigurationError

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions

ON_MISMATCH = ("warn", "fail", "ignore")
#: A blank one would leave a promise unkept: the key that encrypts, the prompt that is not to be stored.
_NEVER_BLANK = ("kms_key_name", "prompt_storage")


@dataclass(frozen=True, slots=True)
class Keeping:
    """What becomes of a finished video.

    :param destination: prefix to archive under in the same task; None leaves that to another task.
    """

    destination: str | None
    options: ArchiveOptions
    on_mismatch: str = "warn"


def read_keeping(given: Mapping[str, Any]) -> Keeping:
    """From a paying operator's rendered arguments.

    :raises ConfigurationError: a blank destination, an unknown word or option, or one of a wrong type.
    """
    on_mismatch = as_text("on_mismatch", given.get("on_mismatch")) or "warn"
    if on_mismatch not in ON_MISMATCH:
        raise wrong("on_mismatch", on_mismatch, f"one of {', '.join(ON_MISMATCH)}")
    return Keeping(
        destination=as_place("destination", given.get("destination")),
        options=read_options(given),
        on_mismatch=on_mismatch,
    )


def read_options(given: Mapping[str, Any]) -> ArchiveOptions:
    """How to archive, from the rendered arguments of an operator that does.

    :raises ConfigurationError: an unknown name, one given twice, or a value of a wrong type.
    """
    from airflow_provider_sora.stores.options import ArchiveOptions

    kinds = {field.name: str(field.type) for field in fields(ArchiveOptions)}
    options = as_mapping("archive_options", given.get("archive_options"))
    check_names("archive_options", options, kinds)
    flat = {name: given.get(name) for name in ("gcp_conn_id", "impersonation_chain")}
    for name, value in flat.items():
        if lenient(value) is not None and name in options and options[name] != value:
            raise ConfigurationError(
                f"{name} is given twice, as an argument and in archive_options, and differently.", step="give it once."
            )
    found = {name: _option(name, value, kinds[name]) for name, value in {**flat, **options}.items()}
    # What is not set keeps its default; only these may be switched off with None.
    return ArchiveOptions(**{n: v for n, v in found.items() if v is not None or kinds[n].endswith("None")})


def _option(name: str, value: object, kind: str) -> Any:
    if value is None:
        return None
    if name == "impersonation_chain":
        return _chain(name, lenient(value))
    if kind == "bool":
        return as_flag(name, value)
    if kind in ("int", "float"):
        number = as_number(name, value)
        return int(number) if number is not None and kind == "int" else number
    return as_text(name, value if name in _NEVER_BLANK else lenient(value))


def _chain(name: str, value: object) -> str | list[str] | None:
    """One account, or a chain of them."""
    if value is None or isinstance(value, str):
        return as_text(name, value)
    if not isinstance(value, Sequence) or not all(isinstance(item, str) and item.strip() for item in value):
        raise wrong(name, value, "a service account, or a list of them")
    return list(value)
