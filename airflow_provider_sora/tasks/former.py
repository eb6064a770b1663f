"""Arguments under their former names: what each is called now, and how both are read as one (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_sora.arguments import as_mapping
from airflow_provider_sora.exceptions import ConfigurationError

#: Former name → the argument it is now, and the key in it where that is a mapping.
NOW: Mapping[str, tuple[str, str | None]] = {
    "daily_limit_usd": ("daily_budget_usd", None),
    "reference_fit": ("reference_options", "fit"),
    "pad_color": ("reference_options", "pad_color"),
    "reference_conn_id": ("reference_options", "conn_id"),
    "allow_private_hosts": ("reference_options", "allow_private_hosts"),
    **{
        name: ("archive_options", name)
        for name in (
            "storage_conn_id",
            "prompt_storage",
            "stills",
            "kms_key_name",
            "storage_class",
            "cache_control",
            "user_project",
        )
    },
}


def new_spelling(former: str) -> str:
    """How a DAG writes it now: ``archive_options={'stills': …}``."""
    name, key = NOW[former]
    return f"{name}=…" if key is None else f"{name}={{{key!r}: …}}"


def under_new_names(given: Mapping[str, Any]) -> dict[str, Any]:
    """An operator's rendered arguments, those under former names put where they belong now.

    :raises ConfigurationError: one is given under both names; nothing was paid.
    """
    found = dict(given)
    for former in sorted(given.get("former_names", ())):
        value, (name, key) = found.pop(former), NOW[former]
        options = {} if key is None else as_mapping(name, found.get(name))
        if key in options or (key is None and found.get(name) is not None):
            raise ConfigurationError(
                f"{former} and {new_spelling(former)} are both given, and they are one argument; {former} is its "
                "former name.",
                step=f"leave {former} out.",
            )
        found[name] = value if key is None else {**options, key: value}
    return found
