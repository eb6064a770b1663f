"""What a review task does below its operator: what a person is shown, their answer as a decision, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import DecisionRefusedError
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.review import announcing
from airflow_provider_sora.review.decisions import (
    APPROVED,
    CHANGE,
    REJECTED,
    UNDECIDED,
    WITHDRAWN,
    Decision,
    Trail,
    check_follows,
    told,
)
from airflow_provider_sora.review.place import Place, read_trail, record_decision
from airflow_provider_sora.review.promotion import promote
from airflow_provider_sora.review.question import APPROVE, CHANGE_IT, REJECT
from airflow_provider_sora.tasks.questions.archived_clip import event_extra, record_of

if TYPE_CHECKING:
    from airflow_provider_sora.tasks.running import Running

#: The label that counts how many changes people have paid for before a clip.
ROUND_LABEL = "review_round"
#: Where an answer is kept until its decision lies in the store, so that no retry has to ask that person again.
_ANSWER_KEY = "sora_answer"
#: XCom key: what is to be different; ``_labels`` and ``_destination`` behind it: of the clip that a remix makes then.
CHANGE_KEY = "change"
#: XCom key: where the final of an approved draft goes.
FINAL_KEY = "final_destination"
STATES = {APPROVE: APPROVED, REJECT: REJECTED, CHANGE_IT: CHANGE}


@dataclass(frozen=True, slots=True)
class Policy:
    """Who must approve, and how often a clip may be changed.

    :param approvers: different people, 1 or 2.
    :param requested_by: who had the clip made and cannot be the only one to approve it; None: no such rule.
    :param max_cost_usd: for one change.
    """

    approvers: int = 1
    requested_by: str | None = None
    max_rounds: int = 3
    max_cost_usd: float | None = None


@dataclass(slots=True)
class Case:
    """A clip, its trail, and the task that asks about it."""

    running: Running
    place: Place
    trail: Trail
    policy: Policy

    @property
    def record(self) -> VideoRecord:
        """The clip as later tasks take it; its connection is the one that made it."""
        return record_of(self.place)

    @property
    def round(self) -> int:
        text = str(self.place.receipt["labels"].get(ROUND_LABEL, "0"))
        return int(text) if text.isdecimal() else 0

    @property
    def own(self) -> bool:
        """Whether the last decision was an answer to this very task, in whichever try."""
        return self.trail.last is not None and dict(self.trail.last.asked) == _asked(self)

    def is_open(self, *, ask_again: bool = False) -> bool:
        """Whether a person has to be asked: what is approved, rejected or being changed is not asked about again.

        :param ask_again: of what another task's answer rejected or sent back, it is.
        """
        state = self.trail.state
        if ask_again and state in (REJECTED, CHANGE) and not self.own:
            return True
        return state in (None, UNDECIDED, WITHDRAWN) or self.trail.lacks is not None


def answer_of(case: Case, event: Mapping[str, Any], seen: int) -> Decision:
    """Airflow's event as a decision.

    :param seen: how many decisions there were when the question was put.
    :raises DecisionRefusedError: Airflow answered for an absent person what only a person may answer.
    """
    at, by = event.get("responded_at"), event.get("responded_by_user")
    timed_out = "error" in event
    chosen = "" if timed_out else str((event.get("chosen_options") or [""])[0])
    words = str((event.get("params_input") or {}).get("words") or "").strip()
    return Decision(
        state=UNDECIDED if timed_out else STATES[chosen],
        number=seen + 1,
        video_id=case.place.video_id,
        sha256=case.place.sha256,
        at=_iso(at),
        by=None if by is None else {"id": str(by["id"]), "name": str(by["name"])},
        why="" if by is None else words,
        round=case.round,
        approvers=case.policy.approvers,
        requested_by=case.policy.requested_by,
        asked=_asked(case),
    )


def kept_answer(case: Case, states: Any | None) -> Decision | None:
    """An answer that an earlier try got and could not write; None where there is none to be written."""
    kept = states.get(_ANSWER_KEY) if states is not None else None
    if not isinstance(kept, dict) or kept.get("sha256") != case.place.sha256:
        return None
    decision = Decision(**kept)
    return decision if decision.number > len(case.trail.decisions) else None


def misunderstood(case: Case, answer: Decision) -> str | None:
    """Why an answer is no decision although its question still stands: the same question is put again then."""
    if answer.number != len(case.trail.decisions) + 1 or answer.by is None:
        return None
    try:
        check_follows(case.trail, answer)
    except DecisionRefusedError as error:
        return error.message
    return None


def settle(case: Case, decision: Decision, states: Any | None) -> None:
    """Write the decision; the answer is kept in Airflow until it is written.

    :raises DecisionRefusedError: it cannot stand. Where somebody else decided the same, or nobody answered here while
        somebody decided elsewhere, nothing is wrong.
    """
    from dataclasses import asdict

    if states is not None:
        states.set(_ANSWER_KEY, asdict(decision) | {"by": dict(decision.by) if decision.by else None})
    seen = Trail(read_trail(case.place).decisions[: decision.number - 1])
    try:
        case.trail = record_decision(case.place, seen, decision)
    except DecisionRefusedError:
        case.trail = read_trail(case.place)
        _forget(states)  # it would be refused for ever, and nobody be asked again
        same = case.trail.state == decision.state and len(case.trail.decisions) >= decision.number
        if decision.by is not None and not same:
            raise
        case.running.log.info("Nothing was added to what was decided before.")
    else:
        _forget(states)
    case.running.log.info("%s", told(case.trail))


def _forget(states: Any | None) -> None:
    if states is not None:
        states.set(_ANSWER_KEY, {})


def conclude(case: Case) -> dict[str, Any]:
    """What follows from the trail as it stands: the copy and its event, or nothing; and what the task returns."""
    last = case.trail.last
    review: dict[str, Any] = {"state": case.trail.state, "number": last.number if last else 0, "round": case.round}
    if last is not None:
        review |= {"by": last.by["name"] if last.by else None, "at": last.at}
    if case.trail.publishable and last is not None and not case.place.is_draft:
        published = promote(case.place, case.trail)
        review |= {"uri": published.uri, "publish_uri": published.publish_uri}
        told_now = announcing.announce(
            case.running.context,
            announcing.APPROVED,
            event_extra(case.place, case.trail, published.uri, published.publish_uri),
            same=("uri", "sha256", "number"),
            since=last.at,
        )
        case.running.log.info(
            "%d of its objects copied to %s; %s.", published.copied, published.uri,
            "announced" if told_now else "it was announced before",
        )  # fmt: skip
    return {**case.record.to_xcom(), "review": review}


def change_of(case: Case) -> dict[str, Any]:
    """What the task that pays for a change is given: blank where none was asked for, or where it was asked for in the
    answer to another task, behind which it is paid."""
    last = case.trail.last
    if last is None or last.state != CHANGE or not case.own:
        return {CHANGE_KEY: "", f"{CHANGE_KEY}_labels": {}, f"{CHANGE_KEY}_destination": ""}
    folder = case.place.store.destination.join(case.place.folder)
    return {
        CHANGE_KEY: last.why,
        f"{CHANGE_KEY}_labels": {**case.place.receipt["labels"], ROUND_LABEL: str(case.round + 1)},
        f"{CHANGE_KEY}_destination": folder.rpartition("/")[0],
    }


def final_destination_of(case: Case) -> str:
    """Where the final of a draft that is approved goes, beside the draft; blank of any other clip."""
    if not (case.place.is_draft and case.trail.publishable):
        return ""
    return case.place.store.destination.join(case.place.folder).rpartition("/")[0]


def _asked(case: Case) -> dict[str, Any]:
    """The task that asks, as a decision names it."""
    ti = case.running.context["ti"]
    return {name: getattr(ti, name) for name in ("dag_id", "run_id", "task_id", "map_index")}


def _iso(at: Any) -> str:
    from datetime import UTC, datetime

    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at) if at else datetime.now(UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
