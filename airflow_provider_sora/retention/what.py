"""Which things may go when, and what that costs later (pure)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from airflow_provider_sora.archive.facts import Facts
from airflow_provider_sora.archive.naming import UNREVIEWED
from airflow_provider_sora.archive.stages import is_draft
from airflow_provider_sora.review.decisions import REJECTED, UNDECIDED, WITHDRAWN, Trail

REJECTS, DRAFTS, UNANSWERED, STATE, SPENDING, REMOTE = "rejected", "drafts", "undecided", "state", "spending", "remote"
#: What goes, by its name on the command line: and what is no longer possible, or costs, once it is gone.
LATER: Mapping[str, str] = {
    REJECTS: "the clip cannot be approved any more; another one costs a render",
    DRAFTS: "nothing: its final is archived",
    UNANSWERED: "the clip cannot be looked at, approved or changed any more; another one costs a render",
    STATE: "nothing: later runs read the latest only",
    SPENDING: "the entries of that month, by task; receipts still say what was paid",
    REMOTE: "no remix, edit or extension of it by its server; the archived clip stays",
}
#: Of what every run writes anew, so many of the latest stay, however old they are.
KEPT_STATES = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may go.

    :param where: address of the clip's folder, of the object or of the job.
    :param names: of the objects that go, relative to the store.
    :param since: from when on it has been so, as ISO 8601.
    :param folder: of a clip, relative to the store.
    :param decisions: how many there were when it was looked at.
    """

    what: str
    where: str
    names: tuple[str, ...]
    bytes: int
    since: str
    folder: str | None = None
    video_id: str | None = None
    decisions: int = 0
    receipt: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def later(self) -> str:
        return LATER[self.what]


def may_go(
    folder: str, facts: Facts, trail: Trail, finals: Mapping[str, str], before: datetime
) -> tuple[str, str] | None:
    """What a clip is, if it may go, and since when; None where it has to stay.

    :param finals: ids of drafts whose final is archived, and when it was.
    :param before: what has been so since this moment may go.
    """
    last = trail.last
    found: tuple[str, str] | None = None
    if last is not None and trail.state in (REJECTED, WITHDRAWN):
        found = REJECTS, last.at
    elif is_draft(facts.labels) and facts.video_id in finals:
        found = DRAFTS, finals[facts.video_id]
    elif _waits(folder, trail):
        found = UNANSWERED, facts.archived_at
    return found if found is not None and is_before(found[1], before) else None


def remote_may_go(folder: str, facts: Facts, trail: Trail, before: datetime) -> bool:
    """Whether a server's copy is needed no more: nobody may still ask for a change of the clip."""
    latest = max(facts.archived_at, trail.last.at if trail.last else "")
    return facts.billed and not _waits(folder, trail) and is_before(latest, before)


def _waits(folder: str, trail: Trail) -> bool:
    """Whether a person's answer is missing: where nobody is asked, none is."""
    return trail.state in (None, UNDECIDED) and UNREVIEWED in folder.split("/")


def old_states(names: Collection[str], before: datetime) -> list[str]:
    """Of the objects that every run writes anew, named by their moment: those that no later run reads."""
    latest_first = sorted(names, key=lambda name: name.rpartition("/")[2], reverse=True)
    moment = f"{before.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return sorted(name for name in latest_first[KEPT_STATES:] if name.rpartition("/")[2] < moment)


def is_before(moment: str, before: datetime) -> bool:
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return False  # what nobody can date has to stay
    return (found if found.tzinfo else found.replace(tzinfo=UTC)) < before
