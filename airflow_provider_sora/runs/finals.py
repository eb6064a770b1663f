"""From an approved draft to its final: the same words, picture and seed, asked of the final model; and whether it may.

All of it is read from what the run that made the draft has written, so that every try asks for the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.receipt import read_receipt
from airflow_provider_sora.archive.stages import final_labels, is_draft
from airflow_provider_sora.exceptions import ConfigurationError, DecisionRefusedError
from airflow_provider_sora.review.decisions import Decision, Trail, told
from airflow_provider_sora.runs.items import AFTER, CONTINUES, Choice, PlannedItem
from airflow_provider_sora.runs.remembered.current import is_current
from airflow_provider_sora.runs.remembered.json_store import JsonStore

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.review.place import Place


@dataclass(frozen=True, slots=True)
class Final:
    """What is asked for instead of a draft.

    :param item: what the draft was made of.
    :param model: None leaves it to the connection, or to the server.
    :param photo: the picture's address, ``photo_sha256`` of it as the draft's request sent it; both None without one.
    :param extra: further fields of the request, such as ``seed``.
    :param after: of a scene that continues from another: the mark of that one's final, on whose last frame it starts;
        ``continues`` says which scene that is.
    :param destination: prefix URL, the draft's own.
    :param sora_conn_id: the connection that made the draft.
    """

    draft_id: str
    item: PlannedItem
    prompt: str
    model: str | None
    seconds: int | None
    size: str | None
    photo: str | None
    photo_sha256: str | None
    pad_color: str | None
    destination: str
    sora_conn_id: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    after: str | None = None
    continues: str = ""


def final_of(place: Place) -> Final:
    """The final of a draft. A remix is made from its original's picture and prompt, with all changes behind that: its
    source is a draft itself, and no server remixes one model's video with another.

    :raises ConfigurationError: it is no draft, its prompt was not kept, or the plan that it was made by cannot be
        found; nothing was paid.
    :raises ArchiveError: the store failed.
    """
    if not is_draft(place.receipt["labels"]):
        raise ConfigurationError(f"Video {place.video_id} is no draft, so it has no final.")
    item = _planned(place)
    family = _family(place)
    asked = [receipt["request"] for receipt in family]
    if not all(request.get("prompt") for request in asked):
        raise ConfigurationError(
            f"Of draft {place.video_id} the prompt was kept as a hash only, so its final cannot be made.",
            step="keep prompts (prompt_storage) where drafts are made",
        )
    final, first = item.final or {}, asked[0]
    labels = final_labels(place.receipt["labels"], place.video_id)
    known_by = final.get("fingerprint") if len(family) == 1 else None  # a product is not remembered by its remixes
    labels = {name: value for name, value in labels.items() if name != "fingerprint"}
    labels |= {} if known_by is None else {"fingerprint": known_by}
    seconds, after = first.get("seconds"), item.clip.more.get(AFTER)
    return Final(
        draft_id=place.video_id,
        item=item,
        prompt="\n".join((str(first["prompt"]), *(str(request["prompt"]).strip() for request in asked[1:]))),
        model=final.get("model"),
        seconds=None if seconds is None else int(seconds),
        size=first.get("size"),
        photo=item.clip.more.get("photo") if first.get("input_reference") else None,
        photo_sha256=(first.get("input_reference") or {}).get("sha256"),
        pad_color=item.clip.more.get("pad_color"),
        destination=place.store.destination.join(place.folder.rpartition("/")[0]),
        sora_conn_id=place.receipt["server"].get("sora_conn_id"),
        extra=first.get("extra_body") or {},
        labels=labels,
        after=str(after[0]) if after else None,
        continues=str(item.clip.labels.get(CONTINUES) or ""),
    )


def check_current(place: Place, final: Final) -> None:
    """Whether the draft still shows its item.

    :raises DecisionRefusedError: a later run with drafts has seen the item otherwise; nothing was paid.
    """
    about, identity = final.item.about, str(final.item.identity)
    if not is_current(JsonStore(place.store), state_of(place), about.key, identity):
        raise DecisionRefusedError(
            f"{about.key} has changed since draft {place.video_id} was made: a later run has seen it otherwise, and "
            "its final would show what is no longer so.",
            step="decide about the newer draft",
            video_id=place.video_id,
        )


def permitted_by(trail: Trail) -> Decision | None:
    """The decision that permits a draft's final: the first approval that sufficed. There is one, whatever is decided
    later, so that a draft that was taken back and approved again is not paid for again."""
    for number in range(1, len(trail.decisions) + 1):
        if Trail(trail.decisions[:number]).publishable:
            return trail.decisions[number - 1]
    return None


def check_permitted(place: Place, trail: Trail, asking: Mapping[str, Any]) -> None:
    """Whether a task may pay for a draft's final.

    :param asking: the task: its ``dag_id``, ``run_id`` and ``map_index``, those of the task that asked for the
        approval.
    :raises DecisionRefusedError: the draft is not approved now, or its final belongs to the run of an earlier approval.
    """
    permit = permitted_by(trail)
    if permit is None or not trail.publishable:
        raise DecisionRefusedError(
            f"{told(trail)} {trail.lacks or 'That permits no final'}.",
            video_id=place.video_id,
        )
    if any(permit.asked.get(name) != asking[name] for name in ("dag_id", "run_id", "map_index")):
        raise DecisionRefusedError(
            f"The final of draft {place.video_id} was permitted to run {permit.asked.get('run_id')} of "
            f"{permit.asked.get('dag_id')}, where {permit.who} approved it first. It is paid for there alone.",
            step="clear that run's task if its final is missing",
            video_id=place.video_id,
        )


def remember_final(context: Context, result: Mapping[str, Any]) -> None:
    """``post_execute`` of the task that archives a final: its product is not paid for again where drafts are switched
    off. Params used: ``gcp_conn_id``, ``storage_conn_id``."""
    from airflow_provider_sora.review.place import open_place
    from airflow_provider_sora.runs.remembered.made import note_marker
    from airflow_provider_sora.stores.options import ArchiveOptions

    params = context["params"]
    options = ArchiveOptions(
        gcp_conn_id=params.get("gcp_conn_id") or None, storage_conn_id=params.get("storage_conn_id") or None
    )
    place = open_place(str(result["receipt_uri"]), options)
    note_marker(JsonStore(place.store), state_of(place), result, run=str(context["run_id"]))


def state_of(place: Place) -> str:
    """Where the DAG that made a clip keeps what outlives its runs."""
    return f"state/{_folders(place)[1]}"


def _folders(place: Place) -> list[str]:
    """``unreviewed``, the DAG, year, month, day, the item's folder, the video's.

    :raises ConfigurationError: the clip lies elsewhere.
    """
    parts = place.folder.split("/")
    if len(parts) != 7 or parts[0] != naming.UNREVIEWED:
        raise ConfigurationError(
            f"Draft {place.video_id} does not lie where a run with drafts puts its clips, so what it was made by "
            "cannot be found."
        )
    return parts


def _planned(place: Place) -> PlannedItem:
    """The item that the draft was made of, as its run's ``inputs.json`` has it."""
    *day, folder, _ = _folders(place)
    store, destination = JsonStore(place.store), place.store.destination.join("/".join((*day, folder)))
    # Runs of one minute share its beginning; an item's folder is one run's own, but for its prompts.
    for name in store.names(f"{'/'.join(day)}/_runs/{folder.partition('-')[0]}-"):
        if not name.endswith("/inputs.json"):
            continue
        for item in Choice.from_json(store.get(name) or {}).items:
            if item.clip.destination == destination and item.final is not None:
                return item
    raise ConfigurationError(
        f"The plan that draft {place.video_id} was made by is not in {place.store.destination.join('/'.join(day))}/"
        "_runs.",
        step="bring its inputs.json back, or make the item again without draft_model",
    )


def _family(place: Place) -> list[dict[str, Any]]:
    """The receipts from the video that was created down to the draft, which lie side by side."""
    family = [place.receipt]
    folder = place.folder.rpartition("/")[0]
    while family[0]["request"].get("call") != "create":
        parent = family[0].get("parent_id")
        name = f"{folder}/{naming.folder_name(str(parent))}/{naming.FILE_NAMES[naming.RECEIPT]}"
        known = [receipt["video_id"] for receipt in family]
        if parent is None or parent in known or place.store.look(name) is None:
            raise ConfigurationError(
                f"What draft {place.video_id} was made from ({parent}) is not archived beside it, so its final cannot "
                "be made."
            )
        family.insert(0, read_receipt(place.store.read_bytes(name), place.store.destination.join(name)))
    return family
