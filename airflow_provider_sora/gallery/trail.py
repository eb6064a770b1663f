"""How a clip stands with people, in one word: out of the decisions beside its receipt, as ``review`` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.review.decisions import STATES, Trail
from airflow_provider_sora.review.place import trail_in

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore

#: Nothing was decided; an approval that waits for a second person; decisions that nobody can read.
PENDING, IN_PART, DAMAGED = "pending", "approved_in_part", "damaged"
#: Every word that there is, in the order in which a person looks for them.
WORDS = (PENDING, IN_PART, *STATES, DAMAGED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the shelf keeps of a trail.

    :param state: one of :data:`WORDS`.
    :param decisions: how many there are; one more means that the trail has to be read again.
    """

    state: str = PENDING
    decisions: int = 0


def standing_of(trail: Trail) -> Standing:
    """The word of a trail: that of its last decision, unless its approval does not suffice yet."""
    state = trail.state or PENDING
    return Standing(IN_PART if trail.lacks else state, len(trail.decisions))


def read_standing(store: ObjectStore, folder: str, decisions: int) -> Standing:
    """The word of the clip in a folder.

    :param decisions: how many objects of that kind were listed there.
    :raises ArchiveError: the store failed.
    """
    try:
        return standing_of(trail_in(store, folder))
    except ContentError:
        return Standing(DAMAGED, decisions)
