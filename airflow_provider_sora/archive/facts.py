"""What a receipt says of its video, as named values: the one place that knows where in a receipt each of them stands.

Pages, the gallery, a review's question, asset events, totals and notes for a CMS are all made from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.record import PRIVATE_PROMPT

#: The kinds of what was made here of other videos, and is billed by nobody: cut or joined, or another copy of one.
FINAL_CUT, DERIVED = "final_cut", "derived"


@dataclass(frozen=True, slots=True)
class Facts:
    """One archived video.

    :param kind: ``video``, or ``final_cut`` and ``derived`` for what was made of others; ``call``: how it was made,
        ``create``, ``remix`` ….
    :param parent_chain: ids of what it was made from, the nearest first.
    :param prompt: None where there was none, or (``prompt_hidden``) where only a hash of it was kept.
    :param size: ``WIDTHxHEIGHT`` in pixels as measured, else as the server said it.
    :param seconds: its length; ``bytes``: the size of its file; costs are in USD, None where unknown.
    :param check: how the file was checked: ``result``, ``by`` and ``reason``.
    :param submitted_at: this and the other moments are ISO 8601 in UTC.
    :param review: the state it was archived with; what people decided since stands in decisions beside it.
    """

    video_id: str
    kind: str
    call: str | None
    parent_id: str | None
    parent_chain: tuple[str, ...]
    prompt: str | None
    prompt_hidden: bool
    model: str | None
    size: str | None
    width: int | None
    height: int | None
    seconds: float | None
    has_audio: bool | None
    c2pa: bool | None
    check: Mapping[str, Any]
    uri: str
    bytes: int
    sha256: str
    generation: object
    content_type: str | None
    labels: Mapping[str, str]
    cost_estimate_usd: float | None
    cost_actual_usd: float | None
    submitted_at: str | None
    completed_at: str | None
    archived_at: str
    dialect: str | None
    sora_conn_id: str | None
    dag_id: str | None
    run_id: str | None
    task_id: str | None
    map_index: int
    review: str

    @property
    def cost_usd(self) -> float | None:
        """What it cost: as billed, where the server said so, else as estimated; in USD."""
        return self.cost_estimate_usd if self.cost_actual_usd is None else self.cost_actual_usd

    @property
    def billed(self) -> bool:
        """Whether a server made it; what was made here of others costs nothing of its own."""
        return self.kind not in (FINAL_CUT, DERIVED)

    @property
    def checked(self) -> bool:
        """Whether its file was found to be a whole video."""
        return bool(self.check.get("result") == "checked")

    @property
    def title(self) -> str:
        """The item's title as its labels have it; blank where they do not. It may hold anything."""
        return self.labels.get("title") or self.labels.get("headline") or ""


def _text(value: object) -> str | None:
    """Servers name things; what they name them by is not always text."""
    return str(value) if value else None


def facts_in(receipt: Mapping[str, Any]) -> Facts:
    """The facts of a receipt that was checked when it was read; its texts may still say anything."""
    request, returned, media = receipt["request"], receipt["returned"], receipt["media"]
    video, times, run = receipt["objects"]["video"], receipt["times"], receipt["run"]
    server, cost = receipt["server"], receipt["cost"]
    width, height = media.get("width"), media.get("height")
    map_index = run.get("map_index")
    return Facts(
        video_id=receipt["video_id"],
        kind=receipt.get("kind", "video"),
        call=_text(request.get("call")),
        parent_id=receipt.get("parent_id"),
        parent_chain=tuple(receipt.get("parent_chain") or ()),
        prompt=request.get("prompt"),
        prompt_hidden="prompt" not in request and ("prompt_sha256" in request or PRIVATE_PROMPT in request),
        model=_text(returned.get("model") or request.get("model")),
        size=f"{width}x{height}" if width and height else _text(returned.get("size")),
        width=width,
        height=height,
        seconds=media.get("duration_seconds"),
        has_audio=media.get("has_audio"),
        c2pa=receipt["provenance"].get("c2pa_manifest"),
        check=dict(receipt["check"]),
        uri=video["uri"],
        bytes=video["size"],
        sha256=video["sha256"],
        generation=video.get("generation"),
        content_type=video.get("content_type"),
        labels=receipt["labels"],
        cost_estimate_usd=cost["estimate"],
        cost_actual_usd=cost["actual"],
        submitted_at=times.get("submitted_at"),
        completed_at=times.get("completed_at"),
        archived_at=str(times["archived_at"]),
        dialect=server.get("dialect"),
        sora_conn_id=server.get("sora_conn_id"),
        dag_id=run.get("dag_id"),
        run_id=run.get("run_id"),
        task_id=run.get("task_id"),
        map_index=map_index if isinstance(map_index, int) else -1,
        review=receipt["review"]["state"],
    )
