"""What each item is now, as the runs with drafts have seen it: a changed item gets no final from its old draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from airflow_provider_sora.runs.paths import RunPaths
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.stores.keys import digest


def note_current(store: JsonStore, paths: RunPaths, items: Mapping[str, str]) -> None:
    """Add to what the runs before have seen. Every run writes all of it to an object of its own, create-only.

    :param items: what people call an item, and what it is remembered by, see
        :class:`~airflow_provider_sora.runs.items.PlannedItem`; those that had to wait as well.
    """
    moment = paths.moment.astimezone(UTC)
    name = f"{paths.state}/current/{moment:%Y%m%dT%H%M%SZ}-{digest(paths.run)[:10]}.json"
    before = _latest(store, paths.state, but=name)
    store.put(name, {**before, **{key: digest(identity) for key, identity in items.items()}})


def is_current(store: JsonStore, state: str, key: str, identity: str) -> bool:
    """Whether the last run that saw the item saw it as it was when ``identity`` was planned.

    :param state: the DAG's ``state/{dag_id}``.
    """
    return _latest(store, state).get(key, digest(identity)) == digest(identity)


def _latest(store: JsonStore, state: str, but: str = "") -> dict[str, str]:
    name = max((name for name in store.names(f"{state}/current/") if name != but), default=None)
    found: dict[str, str] = (store.get(name) if name else None) or {}
    return found
