"""Taking an approved clip back: the decision, the copy, the event; safe to repeat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.review import announcing
from airflow_provider_sora.review.decisions import WITHDRAWN, Decision, told
from airflow_provider_sora.review.place import Place, read_trail, record_decision
from airflow_provider_sora.review.promotion import REMOVE, withdraw_copy
from airflow_provider_sora.tasks.questions.archived_clip import event_extra, record_of

if TYPE_CHECKING:
    from airflow_provider_sora.tasks.running import Running


def withdraw(running: Running, place: Place, by: str, why: str) -> dict[str, Any]:
    """Withdraw a clip in the name of ``by``.

    :raises DecisionRefusedError: it is not approved; nothing was removed.
    """
    from airflow.sdk import conf

    trail = read_trail(place)
    if trail.state != WITHDRAWN:
        ti = running.context["ti"]
        decision = Decision(
            state=WITHDRAWN,
            number=len(trail.decisions) + 1,
            video_id=place.video_id,
            sha256=place.sha256,
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            by={"id": by, "name": by},
            why=why,
            asked={name: getattr(ti, name) for name in ("dag_id", "run_id", "task_id", "map_index")},
        )
        trail = record_decision(place, trail, decision)
    gone = withdraw_copy(place, trail, copy=conf.get("sora", "withdrawn", fallback=REMOVE).strip() or REMOVE)
    running.log.info("%s %d objects of its copy were removed.", told(trail), gone)
    last = trail.decisions[-1]
    video = place.receipt["objects"][naming.VIDEO]["name"]
    copy = place.store.destination.join(place.approved)
    announcing.announce(
        running.context,
        announcing.WITHDRAWN,
        event_extra(place, trail, f"{copy}/{video}", f"{copy}/{naming.PUBLISH_FILE}"),
        same=("uri", "sha256", "number"),
        since=last.at,
    )
    review = {"state": last.state, "number": last.number, "by": last.who, "at": last.at}
    return {**record_of(place).to_xcom(), "review": review}
