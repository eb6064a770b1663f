"""What the final of a scene starts on that continues from another: the last frame of that one's final."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import RateLimitedError
from airflow_provider_sora.paid import said
from airflow_provider_sora.runs.films.frames import kept_frame
from airflow_provider_sora.runs.finals import Final, state_of
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.runs.remembered.made import marker_at

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.submission import Reference
    from airflow_provider_sora.review.place import Place
    from airflow_provider_sora.stores.options import ArchiveOptions

#: Seconds until it is looked for again; a final takes minutes, and a person's approval longer.
_AGAIN = 120.0


def beginning_of(place: Place, final: Final, options: ArchiveOptions | None) -> Reference | None:
    """The picture, fitted; None for a scene that begins by itself.

    :raises RateLimitedError: the final that it continues from is not archived yet: the task waits its turn, as it does
        where a server takes no more jobs. Nothing was paid.
    :raises ArchiveError: that final cannot be read or decoded, or the store failed; nothing was paid by this step.
    """
    if final.after is None:
        return None
    from airflow_provider_sora.inputs.pictures import load_reference

    store = JsonStore(place.store)
    made = marker_at(store, state_of(place), final.after)
    name = kept_frame(store, state_of(place), made, options) if made else None
    if name is None:
        raise RateLimitedError(
            f"The final of draft {final.draft_id} starts on the last frame of the final of {final.continues}, which is "
            "not archived yet.",
            cost=said(),
            step=f"approve the draft of {final.continues}; once its final is archived, clear this task.",
            reason="no_beginning",
            retry_after=_AGAIN,
        )
    return load_reference(
        place.store.destination.join(name),
        data=place.store.read_bytes(name),
        size=final.size,
        fit="contain",
        pad_color=final.pad_color or "#000000",
    )
