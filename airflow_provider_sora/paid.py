"""What became of the money, for the text of an error: the one home of these sentences.

Errors that come before a paid request are raised in rooms that know nothing of the task: a catalogue that cannot be
read, a picture that is too large. Whether the task has paid before, in an earlier try or for another job, only its
record knows. So whoever holds the record says how to look (:func:`knowing`), and every error asks when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

NOTHING = "Nothing was paid."
#: Behind jobs that the server ended without a video, and may have billed.
NOTHING_MORE = "Nothing more was paid."

#: Characters; a server's own ids are far shorter.
_LONG_ID = 64

Look = Callable[[], str | None]
_look: ContextVar[Look | None] = ContextVar("airflow_provider_sora_paid", default=None)


@contextmanager
def knowing(look: Look | None) -> Iterator[None]:
    """Within it, errors that cost nothing by themselves say what was paid before them.

    :param look: one sentence, or None where nothing was paid. Called when such an error is made, and only then. None
        in its place: nothing was paid before.
    """
    token = _look.set(look)
    try:
        yield
    finally:
        _look.reset(token)


def said() -> str:
    """What was paid before this moment, in one sentence."""
    look = _look.get()
    if look is None:
        return NOTHING
    with knowing(None):  # an error on the way must not ask again
        return look() or NOTHING


def told(happened: str, cost: str, step: str | None, video_id: str | None) -> str:
    """The text of an error: what happened, what of the money, the next step; a long id written out once."""
    parts = (happened, cost, f"Next: {step}" if step else "")
    return naming_once(" ".join(part for part in parts if part), video_id)


def naming_once(message: str, video_id: str | None) -> str:
    """A message with a long id, as gateways give them (238 characters), written out once and shortened after that.

    Only what people read is shortened: ``video_id`` and every record keep the id as it is.
    """
    if video_id is None or len(video_id) <= _LONG_ID or message.count(video_id) < 2:
        return message
    before, _, after = message.partition(video_id)
    return f"{before}{video_id}{after.replace(video_id, f'{video_id[:14]}…{video_id[-6:]}')}"
