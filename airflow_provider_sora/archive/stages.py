"""Draft and final: labels that tell a cheap clip, made to be looked at, from the one that is made after it (pure).

They stand in the receipt like every label, so that whoever reads an archive knows which is which.
"""

from __future__ import annotations

from collections.abc import Mapping

#: ``draft`` or ``final``; a clip that was made at once has no such label.
STAGE = "clip_stage"
DRAFT, FINAL = "draft", "final"
#: Of a draft: the model of its final (absent: the server's own), and what that is estimated to cost in USD.
FINAL_MODEL, FINAL_USD = "final_model", "final_usd"
#: Of a final: the id of its draft.
DRAFT_ID = "draft_id"
STAGE_LABELS = (STAGE, FINAL_MODEL, FINAL_USD, DRAFT_ID)


def is_draft(labels: Mapping[str, object]) -> bool:
    """Whether a clip with these labels is a draft: it can be approved, which permits its final, but not published."""
    return labels.get(STAGE) == DRAFT


def draft_labels(model: str | None, usd: float | None) -> dict[str, str]:
    """What a draft's labels say of its final.

    :param model: of the final; None leaves it to the server.
    :param usd: its estimate; None: unknown.
    """
    told = {FINAL_MODEL: model, FINAL_USD: None if usd is None else f"{usd:g}"}
    return {STAGE: DRAFT, **{name: value for name, value in told.items() if value is not None}}


def final_labels(labels: Mapping[str, str], draft_id: str) -> dict[str, str]:
    """A final's labels, from its draft's."""
    return {name: value for name, value in labels.items() if name not in STAGE_LABELS} | {
        STAGE: FINAL,
        DRAFT_ID: draft_id,
    }
