"""How well a job on a server's list fits a request whose answer was lost (pure).

Servers shorten, redact and re-case prompts, and date jobs by other clocks. Whatever may be such a trace of our job is
doubtful: it is never adopted, and never counts as somebody else's either.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from enum import Enum

from airflow_provider_sora.protocol.answers.job import VideoJob
from airflow_provider_sora.protocol.submission import Submission

#: Where dates are known to be right, a job this much older than the request, in seconds, is another one: neither a
#: clock nor a time zone is off by more.
CERTAINLY_OLDER = 86_400.0
#: No video API is older than this (2020); an earlier date is none.
_FIRST_DATE = 1_577_836_800.0
#: This share of a prompt's words in another one makes the two resemble each other.
_ALIKE = 0.8

#: A dated snapshot (``sora-2-2025-10-06``) is the model that was asked for.
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")
#: What stands where a text was cut or blacked out.
_MASK = re.compile(r"\*\*+|…|\.\.\.|█|x{4,}|[\[<({]\W*(redacted|hidden|removed|masked|filtered|truncated)", re.I)


class Fit(Enum):
    NO = "no"
    DOUBTFUL = "doubtful"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Window:
    """When a request can have made its job: Unix seconds on the server's clock.

    :param sent: the best guess of when it was sent, without any slack.
    """

    opens: float
    sent: float
    closes: float

    def holds(self, moment: float | None) -> bool:
        return moment is not None and self.opens <= moment <= self.closes


def fit(job: VideoJob, submission: Submission, window: Window, *, dates_are_right: bool = False) -> Fit:
    """Whether a listed job may be the one that was asked for: same prompt, model, size, seconds, and dated so.

    Servers leave fields out and echo what they will really make instead of what was asked, so only quite another
    prompt is a certain no; a date is one only by far, and where the server was seen to date a job of ours rightly.
    """
    prompt = prompt_fit(job.prompt, submission.prompt)
    if prompt is Fit.NO:
        return Fit.NO
    made = job.created_at
    if dates_are_right and made is not None and _FIRST_DATE < made < window.opens - CERTAINLY_OLDER:
        return Fit.NO
    model = submission.model if submission.model == job.model else _SNAPSHOT.sub("", job.model or "") or None
    asked = (
        (submission.model, model),
        (submission.size, job.size),
        (submission.seconds, job.seconds),
        (submission.source_id, job.parent_id),
    )
    same = all(want is None or have is None or want == have for want, have in asked)
    return Fit.YES if same and prompt is Fit.YES and window.holds(made) else Fit.DOUBTFUL


def prompt_fit(listed: str | None, asked: str) -> Fit:
    """Whether a listed prompt is the one asked for, may be a trace of it, or is quite another."""
    if listed is None or not listed.strip():
        return Fit.DOUBTFUL
    if plain(listed) == plain(asked):
        return Fit.YES
    if _MASK.search(listed) and not _MASK.search(asked):
        return Fit.DOUBTFUL
    one, other = _words(listed), _words(asked)
    bare, wanted = "".join(one), "".join(other)
    if not bare or bare in wanted or wanted in bare:
        return Fit.DOUBTFUL
    shared = sum((Counter(one) & Counter(other)).values())
    return Fit.DOUBTFUL if shared >= _ALIKE * max(len(one), len(other)) else Fit.NO


def plain(text: str) -> str:
    """A prompt as it is compared: spaces and forms of one letter do not count."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
