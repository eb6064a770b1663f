"""A clip as people look for it: the facts of its receipt that a page shows, and the words by which it is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.facts import facts_in
from airflow_provider_sora.masking.scrub import scrub_text

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
    :param kind: ``video``, or ``final_cut`` and ``derived`` for what was made of others.
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
    facts, objects = facts_in(receipt), receipt["objects"]
    labels = {str(name): scrub_text(str(value))[:_LONGEST] for name, value in facts.labels.items()}
    return Clip(
        archive=archive,
        folder=folder,
        video_id=facts.video_id,
        kind=facts.kind,
        dag_id=facts.dag_id or "",
        run_id=facts.run_id or "",
        task_id=facts.task_id or "",
        map_index=facts.map_index,
        title=scrub_text(facts.title)[:_LONGEST] or facts.video_id,
        prompt=(facts.prompt or "")[:_LONGEST],
        model=facts.model or "",
        width=facts.width,
        height=facts.height,
        seconds=facts.seconds,
        has_audio=facts.has_audio,
        bytes=facts.bytes,
        sha256=facts.sha256,
        cost_estimate=facts.cost_estimate_usd,
        cost_actual=facts.cost_actual_usd,
        archived_at=facts.archived_at,
        parents=facts.parent_chain or ((facts.parent_id,) if facts.parent_id else ()),
        files={asset: name for asset, found in objects.items() if (name := _file(folder, found or {}))}
        | {naming.RECEIPT: naming.FILE_NAMES[naming.RECEIPT]},
        labels=labels,
        call=facts.call or "",
        prompt_hidden=facts.prompt_hidden,
        check=str(facts.check.get("result") or ""),
        c2pa=facts.c2pa,
    )


def _file(folder: str, found: Mapping[str, Any]) -> str:
    """An asset's name, if it is one of ours and lies beside the receipt; a receipt may name a place anywhere."""
    name = str(found.get("name") or "")
    known = any(naming.is_file_name(asset, name) for asset in naming.FILE_NAMES)
    return name if known and str(found.get("uri") or "").endswith(f"/{folder}/{name}") else ""
