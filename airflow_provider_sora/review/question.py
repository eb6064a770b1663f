"""What a person is asked about a clip, as Markdown. Titles and prompts come from outside: nothing of them is markup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.archive.facts import facts_in
from airflow_provider_sora.archive.stages import is_draft
from airflow_provider_sora.jobs.cost import NO_ESTIMATE
from airflow_provider_sora.review.decisions import Trail, told
from airflow_provider_sora.review.publish import caption_of
from airflow_provider_sora.words.text import plain

APPROVE, REJECT, CHANGE_IT = "Approve", "Reject", "Change"
#: What Markdown takes for markup within a line, and what makes a bare address a link.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#|~&:@]|(?<=www)\.)", re.IGNORECASE)
_PROMPT, _LABEL = 600, 120
_DRAFT = "This is a draft. **Approve** pays for its final with "
_ESTIMATED = "**Change** pays for one new video, estimated at "


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that a signed-in person's browser opens; None where there is none.

    :param clip: the clip in the gallery; ``thumbnail``: its still there.
    :param place: where it lies in the store.
    """

    place: str
    clip: str | None = None
    thumbnail: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeOffer:
    """What a change would cost, or why there can be none.

    :param price: a sum as text.
    :param refused: why no change is offered; None where one is.
    :param left: how many further changes there may be.
    """

    price: str
    left: int
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class FinalOffer:
    """What the final of a draft would cost, or why there can be none.

    :param model: the one that makes it.
    :param price: a sum as text.
    """

    model: str
    price: str
    refused: str | None = None


def options(offer: ChangeOffer, final: FinalOffer | None = None) -> list[str]:
    """The answers that there are.

    :param final: of a draft.
    """
    return [
        *([] if final and final.refused else [APPROVE]),
        REJECT,
        *([] if offer.refused else [CHANGE_IT]),
    ]


def subject(receipt: Mapping[str, Any]) -> str:
    """The headline of the question."""
    facts = facts_in(receipt)
    asked = "Make the final of this draft?" if is_draft(facts.labels) else "Publish this video?"
    return f"{asked} {caption_of(facts) or facts.video_id}"[:200]


def body(
    receipt: Mapping[str, Any],
    trail: Trail,
    links: Links,
    offer: ChangeOffer,
    final: FinalOffer | None = None,
    *,
    approvers: int = 1,
    requested_by: str | None = None,
) -> str:
    """All that is needed to decide, without opening anything else than the clip.

    :param final: of a draft.
    :param approvers: how many different people must approve; ``requested_by``: whose own approval is not enough.
    """
    facts = facts_in(receipt)
    in_short = [
        f"{facts.seconds:g} s" if facts.seconds else "length unknown",
        f"{facts.width}x{facts.height}" if facts.width else "size unknown",
        "with sound" if facts.has_audio else "no sound",
        escape(facts.model or "model unknown", _LABEL),
        f"cost unknown ({NO_ESTIMATE})" if facts.cost_usd is None else f"${facts.cost_usd:.2f}",
    ]
    lines = []
    if links.clip:
        lines.append(
            f"**[Watch the clip]({links.clip})**" + (f" · [still]({links.thumbnail})" if links.thumbnail else "")
        )
    lines += [", ".join(in_short), lies_in(links.place)]
    if facts.prompt:
        lines.append(f"Prompt: {escape(facts.prompt, _PROMPT)}")
    if facts.labels:
        shown = [f"{escape(name, _LABEL)} {escape(value, _LABEL)}" for name, value in list(facts.labels.items())[:20]]
        lines.append(f"Labels: {', '.join(shown)}")
    if not facts.checked:
        lines.append(f"**Nobody could check this file**: {escape(str(facts.check.get('reason')), _PROMPT)}")
    if trail.last:
        lines.append(f"So far: {escape(told(trail), _PROMPT)} {escape(trail.lacks or '', _PROMPT)}".rstrip())
    if approvers > 1:
        # Airflow shows a question as it was put first, to the second person, too.
        lines.append(f"{approvers} different people have to approve it. Who has so far stands on the clip's page.")
    if requested_by:
        lines.append(f"{escape(requested_by, _LABEL)} had it made and cannot be the only one to approve it.")
    lines.append(_what_approve_does(final) + " **Reject** leaves it where it is.")
    if offer.refused:
        lines.append(f"No change can be asked for: {escape(offer.refused, _PROMPT)}")
    else:
        lines.append(
            f"{_ESTIMATED}{escape(offer.price, _PROMPT)}: write in the field what is to be different. It "
            f"comes back as a question of its own ({offer.left} more of this clip)."
        )
    return "\n\n".join(lines)


def _what_approve_does(final: FinalOffer | None) -> str:
    if final is None:
        return "**Approve** copies it to where clips may be published."
    if final.refused:
        return f"This is a draft, and its final cannot be made: {escape(final.refused, _PROMPT)}"
    return (
        f"{_DRAFT}{escape(final.model, _LABEL)}, estimated at "
        f"{escape(final.price, _PROMPT)}, and publishes nothing: the final comes back as a question of its own."
    )


def lies_in(place: str) -> str:
    """The line of a question that tells about which clip it is; somebody else's text never makes such a line.

    :param place: address of the clip's folder.
    """
    return "Lies in `{}`".format(plain(place).replace("`", ""))


def is_about(body: str, place: str) -> bool:
    """Whether a question is about the clip that lies there."""
    return lies_in(place) in body.split("\n\n")


def price_in(body: str) -> str:
    """What a change is estimated at, as the question says it; blank where none is offered."""
    line = next((line for line in body.split("\n\n") if line.startswith(_ESTIMATED)), "")
    return re.sub(r"\\(.)", r"\1", line.removeprefix(_ESTIMATED).partition(": write in the field")[0])


def final_price_in(body: str) -> str:
    """What the final of a draft is estimated at, as the question says it; blank where an approval pays for none."""
    line = next((line for line in body.split("\n\n") if line.startswith(_DRAFT)), "")
    told = line.partition(", and publishes nothing: ")[0].rpartition(", estimated at ")
    return re.sub(r"\\(.)", r"\1", told[2]) if told[1] else ""


def escape(text: object, cap: int) -> str:
    """Somebody else's text as one line that Markdown and HTML show as it is written."""
    return _MARKDOWN.sub(r"\\\1", plain(text, cap=cap))
