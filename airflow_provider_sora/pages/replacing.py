"""Pages that belong together, replaced by generation: of two writers, the one that comes second has read the first."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.stores.contract import NameTakenError

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore

HTML, JSON = "text/html; charset=utf-8", "application/json"
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Page:
    """An object as it is to lie in the store."""

    name: str
    content: bytes = field(repr=False)
    content_type: str


def replace_pages(store: ObjectStore, names: Iterable[str], make: Callable[[], Sequence[Page]]) -> None:
    """Write what ``make`` returns, in its order, over what is there; made again where somebody else wrote meanwhile.

    :param names: of all the pages.
    :param make: reads what the pages say, and returns them.
    :raises ArchiveError: the store failed, or others kept replacing the pages.
    """
    names = tuple(names)
    for attempt in range(1, _TRIES + 1):
        began = time.monotonic()
        # Looked at before anything is read: of two writers, the one that replaces the other has read later.
        before = {name: store.look(name) for name in names}
        pages = make()
        try:
            for page in pages:
                store.replace(page.name, page.content, content_type=page.content_type, expected=before[page.name])
        except NameTakenError:
            if attempt < _TRIES:
                # Of several writers one comes through at a time: step aside, each for a while of its own.
                time.sleep(random.uniform(0, 2**attempt * (time.monotonic() - began)))
            continue
        return
    raise ArchiveError(
        f"{' and '.join(names)} of {store.destination.uri} were replaced by others {_TRIES} times while they were "
        "written. The videos are archived; let the task run again."
    )
