"""A clip as people look for it: the facts of its receipt that a page shows, and the words by which it is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.receipt import model_in
from airflow_provider_sora.scrub import scrub_text

#: Labels that say what a clip shows: all clips with the same one, of one DAG, are versions of one thing.
_SUBJECTS = (("sku", "market"), ("guid",))
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Clip:
    """One archived video.

    :param archive: the archive's id, and ``folder``: where in it the clip lies; the two are its address.
    :param files: by asset, the file's name in the folder: the receipt, and what it names.
    :param call: how it was made: ``create``, ``remix`` …; ``prompt_hidden``: only the prompt's hash was kept.
    :param bytes: size of the video; ``seconds``: its length; costs are in USD, None where unknown.
    :param archived_at: ISO 8601 in UTC, as the receipt has it.
    :param parents: ids of what it was made from, the nearest first.
    :param kind: ``video``, or ``final_cut`` for what was joined.
    :param review: how it stands with people, a word of ``gallery.trail``; the shelf knows it, no receipt does.
    """

    archive: str
    folder: str
    video_id: str
    kind: str
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    title: str
    prompt: str
    model: str
    width: int | None
    height: int | None
    seconds: float | None
    has_audio: bool | None
    bytes: int
    sha256: str
    cost_estimate: float | None
    cost_actual: float | None
    archived_at: str
    parents: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    call: str = ""
    prompt_hidden: bool = False
    check: str = ""
    c2pa: bool | None = None
    review: str = "pending"

    @property
    def subject(self) -> tuple[str, ...] | None:
        """What it shows, as its labels say; None where they do not."""
        for names in _SUBJECTS:
            if self.labels.get(names[0]):
                return (self.dag_id, *(str(self.labels.get(name, "")) for name in names))
        return None

    @property
    def origin(self) -> str:
        """The id of the video at the beginning of its family."""
        return self.parents[-1] if self.parents else self.video_id

    @property
    def words(self) -> str:
        """All text by which it is found, in small letters."""
        return " ".join((self.title, self.prompt, self.model, self.video_id, *self.labels.values())).casefold()


def clip_of(archive: str, folder: str, receipt: Mapping[str, Any]) -> Clip:
    """The clip that a receipt describes. The receipt was checked when it was read; its texts may still say anything.

    :param folder: where the receipt lies, relative to the archive.
    """
    request, media = receipt["request"], receipt["media"]
    run, objects, cost = receipt["run"], receipt["objects"], receipt["cost"]
    labels = {str(name): scrub_text(str(value))[:_LONGEST] for name, value in receipt["labels"].items()}
    parent = receipt.get("parent_id")
    parents = tuple(receipt.get("parent_chain") or ((parent,) if parent else ()))
    video = objects["video"]
    return Clip(
        archive=archive,
        folder=folder,
        video_id=receipt["video_id"],
        kind=receipt.get("kind", "video"),
        dag_id=str(run.get("dag_id") or ""),
        run_id=str(run.get("run_id") or ""),
        task_id=str(run.get("task_id") or ""),
        map_index=run["map_index"] if isinstance(run.get("map_index"), int) else -1,
        title=labels.get("title") or labels.get("headline") or receipt["video_id"],
        prompt=str(request.get("prompt") or "")[:_LONGEST],
        model=str(model_in(receipt) or ""),
        width=media.get("width"),
        height=media.get("height"),
        seconds=media.get("duration_seconds"),
        has_audio=media.get("has_audio"),
        bytes=video["size"],
        sha256=video["sha256"],
        cost_estimate=cost["estimate"],
        cost_actual=cost["actual"],
        archived_at=str(receipt["times"]["archived_at"]),
        parents=parents,
        files={asset: name for asset, found in objects.items() if (name := _file(folder, found or {}))}
        | {naming.RECEIPT: naming.FILE_NAMES[naming.RECEIPT]},
        labels=labels,
        call=str(request.get("call") or ""),
        prompt_hidden="prompt" not in request and "prompt_sha256" in request,
        check=str(receipt["check"].get("result") or ""),
        c2pa=receipt["provenance"].get("c2pa_manifest"),
    )


def _file(folder: str, found: Mapping[str, Any]) -> str:
    """An asset's name, if it is one of ours and lies beside the receipt; a receipt may name a place anywhere."""
    name = str(found.get("name") or "")
    known = any(naming.is_file_name(asset, name) for asset in naming.FILE_NAMES)
    return name if known and str(found.get("uri") or "").endswith(f"/{folder}/{name}") else ""
