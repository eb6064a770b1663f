"""What people have decided about the clips of an index, with one listing for all of them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.review.decisions import Trail, read_decision
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions

States = Callable[[Iterable[Mapping[str, Any]]], Mapping[str, str]]


def states_with(options: ArchiveOptions | None) -> States:
    """For :func:`~airflow_provider_sora.pages.index.write_index`: from receipts to states, by the video's address."""

    def states(receipts: Iterable[Mapping[str, Any]]) -> Mapping[str, str]:
        return states_of((str(receipt["objects"]["video"]["uri"]) for receipt in receipts), options)

    return states


def states_of(videos: Iterable[str], options: ArchiveOptions | None) -> dict[str, str]:
    """The word of each video about which something was decided, by its address; others are left out.

    An approval that waits for a second person is none yet. One listing for the folder that holds all of them, and one
    request for each decision.

    :raises ContentError: a decision is damaged.
    :raises ArchiveError: the store failed.
    """
    roots: dict[str, dict[str, str]] = {}
    for video in videos:
        root, folder, _ = naming.approved_folder(split_object_uri(video)[0])
        roots.setdefault(root, {})[folder] = video
    found: dict[str, str] = {}
    for root, folders in roots.items():
        store = open_store(root, options)
        trails: dict[str, list[str]] = {}
        above = posixpath.commonpath(list(folders)) if len(folders) > 1 else next(iter(folders))
        for there in store.list(f"{above}/" if above else ""):
            folder, _, name = there.name.rpartition("/")
            if folder in folders and naming.is_decision(name):
                trails.setdefault(folder, []).append(there.name)
        for folder, names in trails.items():
            read = (read_decision(store.read_bytes(name), store.destination.join(name)) for name in sorted(names))
            found[folders[folder]] = _word(Trail(tuple(read)))
    return found


def _word(trail: Trail) -> str:
    return "pending" if trail.lacks or trail.state is None else trail.state
