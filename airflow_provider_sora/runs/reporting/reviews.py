"""From a run that made clips to the run that asks people about them: one asset event a run, never one a clip."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.exceptions import ConfigurationError, ContentError, SoraError
from airflow_provider_sora.review import announcing
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.open import open_store
from airflow_provider_sora.stores.options import ArchiveOptions

log = logging.getLogger(__name__)


def announce_made(context: Mapping[str, Any], index: str, archived: int) -> None:
    """Tell on ``Asset("sora_made")`` that a run has archived clips; nothing where it has none, or told so before.

    A DAG file whose report task does not have the outlet announces nothing.

    :param index: address of the run's ``index.json``; ``archived``: how many clips it lists.
    """
    if archived:
        _announce(context, {"index": index, "archived": archived}, same=("dag_id", "run_id", "archived"))


def announce_changed(context: Mapping[str, Any], *, clips: str, archive: str | Sequence[str]) -> int:
    """Tell of the clips that people's answers made, so that they come back as a review run of their own.

    :param clips: id of the task that returned what :func:`clips_to_review` found; ``archive``: of the mapped task that
        archived the changes; or several, such as the one that archived finals.
    :returns: how many there are.

    The pages of the runs whose clips were asked about are brought up to what was decided, too.
    """
    _tell_pages(context)
    ti = context["ti"]
    asked = ti.xcom_pull(task_ids=clips, default=None) or []
    tasks = [archive] if isinstance(archive, str) else archive
    kept = [
        video
        for task in (tasks if asked else ())
        for video in ti.xcom_pull(task_ids=task, map_indexes=range(len(asked)), default=None) or ()
    ]
    receipts = sorted(str(video["receipt_uri"]) for video in kept if video)
    if receipts:
        _announce(context, {"clips": receipts}, same=("dag_id", "run_id", "clips"))
    return len(receipts)


def clips_to_review(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a review run asks about: the clips of the events that started it, or those of its param ``clips``.

    :returns: for each clip the address of its receipt as ``video``, and ``requested_by``: who started the run that made
        it, where param ``not_alone`` asks for that; None where its schedule did;
        ``ask_again`` is true of what was named by hand.
    :raises ConfigurationError: an address that is none.
    :raises ArchiveError: an index cannot be read; nothing is lost, a retry reads it again.
    """
    params = context["params"]
    options = _options(params)
    found: dict[str, str | None] = {str(uri): None for uri in params.get("clips") or ()}
    events = context["triggering_asset_events"] if not found else {}
    made = announcing.asset(announcing.MADE)
    for event in events.get(made, ()):
        extra = event.extra or {}
        receipts = extra.get("clips") or _listed(str(extra.get("index") or ""), options)
        for uri in receipts:
            found.setdefault(str(uri), extra.get("requested_by") or None if params.get("not_alone") else None)
    log.info("%d clips to ask about.", len(found))
    by_hand = bool(params.get("clips"))
    return [{"video": uri, "requested_by": name, "ask_again": by_hand} for uri, name in found.items()]


def _tell_pages(context: Mapping[str, Any]) -> None:
    """Write what was decided into the pages of the runs that made the clips; one that cannot be written is told of,
    for the decisions lie beside the clips, and stay there."""
    from airflow_provider_sora.pages.index.states import videos_of, write_states
    from airflow_provider_sora.runs.review_states import states_of

    options = _options(context["params"])
    for event in context["triggering_asset_events"].get(announcing.asset(announcing.MADE), ()):
        index = str((event.extra or {}).get("index") or "")
        if not index:
            continue
        try:
            if write_states(index, states_of(videos_of(index, options), options), options):
                log.info("%s tells what was decided.", index)
        except SoraError as error:
            log.warning("%s does not tell what was decided: %s", index, error)


def _options(params: Mapping[str, Any]) -> ArchiveOptions:
    return ArchiveOptions(
        gcp_conn_id=params.get("gcp_conn_id") or None, storage_conn_id=params.get("storage_conn_id") or None
    )


def _listed(index: str, options: ArchiveOptions) -> list[str]:
    """Addresses of the receipts of all clips in an ``index.json``."""
    prefix, name = split_object_uri(index)
    if "://" not in prefix:
        raise ConfigurationError(f"An event on {announcing.MADE} names no index ({index!r}). Nobody was asked.")
    data = open_store(prefix, options).read_bytes(name)
    try:
        videos = json.loads(data)["videos"]
        return [f"{video['uri'].rpartition('/')[0]}/{naming.FILE_NAMES[naming.RECEIPT]}" for video in videos]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ContentError(f"{index} is no index of clips ({error}). Nobody was asked about them.") from error


def _announce(context: Mapping[str, Any], about: Mapping[str, Any], same: tuple[str, ...]) -> None:
    run = context["dag_run"]
    outlet = announcing.outlet(announcing.MADE)
    if outlet not in (getattr(context.get("task"), "outlets", None) or ()):
        return
    extra = {
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "requested_by": getattr(run, "triggering_user_name", None) or "",
        **about,
    }
    if not announcing.announce(context, announcing.MADE, extra, same=same, since=run.run_after.isoformat()):
        log.info("The clips of this run were announced before.")
