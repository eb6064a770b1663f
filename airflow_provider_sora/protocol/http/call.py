"""What was being done when an answer came, or none. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """What was being done when the answer came.

    :param name: in words: ``creating the video``.
    :param server: the server in words.
    :param paid: True for the four paid POSTs.
    :param video_id: the job that the call concerns; for a remix its source.
    :param not_found_codes: the dialect's codes for an unknown id.
    :param refusal_statuses: further statuses with which this server has certainly refused a paid call.
    :param refusal_codes: the same by error code.
    :param secrets: texts that no error may hold.
    """

    name: str
    server: str
    paid: bool = False
    video_id: str | None = None
    has_key: bool = True
    not_found_codes: tuple[str, ...] = ()
    refusal_statuses: tuple[int, ...] = ()
    refusal_codes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)


class NoAnswer(Exception):
    """Transport failed. Internal; :mod:`airflow_provider_sora.protocol.answers.errors` makes it one of ours.

    :param connected: False when no connection was made, so the server cannot have seen the request.
    """

    def __init__(self, why: str, *, connected: bool) -> None:
        super().__init__(why)
        self.why = why
        self.connected = connected
