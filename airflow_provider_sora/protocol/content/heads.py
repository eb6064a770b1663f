"""How an answer begins: whether bytes follow, or a text where they belong, and that text as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from airflow_provider_sora.protocol.answers.errors import Call, NoAnswer, no_answer_error
from airflow_provider_sora.protocol.http.bounds import Meter

_MAX_JSON = 1 << 29


def first_bytes(pieces: Iterator[bytes], call: Call) -> bytes:
    """The first pieces, until they hold 16 bytes; fewer where nothing more comes.

    :raises SoraError: the connection broke.
    """
    head = b""
    try:
        for piece in pieces:
            head += piece
            if len(head) >= 16:
                break
    except NoAnswer as failure:
        raise no_answer_error(failure, call) from failure
    return head


def is_text(kind: str, head: bytes, offset: int) -> bool:
    """JSON or a page where bytes belong: by its name, or by its first sign where the name lies.

    :param kind: the media type, in lower case.
    :param offset: where in the video the head begins; within it any sign may stand.
    """
    if kind in ("application/json", "text/html") or kind.endswith("+json"):
        return True
    return not offset and head.lstrip()[:1] in (b"{", b"<") and head[4:8] != b"ftyp"


def whole_text(head: bytes, pieces: Iterator[bytes], timeout: float, call: Call) -> bytes:
    """``head`` and all that follows, at most 512 MiB of it: a video may stand in it as base64.

    :param timeout: seconds that it may take.
    :raises SoraError: it is longer, slower, or the connection broke.
    """
    meter = Meter(_MAX_JSON, timeout)
    try:
        meter.add(head)
        for piece in pieces:
            meter.add(piece)
    except NoAnswer as failure:
        raise no_answer_error(failure, call) from failure
    return meter.body()
