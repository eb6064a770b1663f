"""LiteLLM's video ids carry the way back to the upstream server; a remix's id has lost it, so it is put back.

An id is ``video_`` + base64 of ``litellm:custom_llm_provider:P;model_id:M;video_id:U``
(``litellm/types/videos/utils.py``, seen in 1.106.2). The answer to a remix, an edit or an extension leaves M
empty: asked for that id, LiteLLM turns to its provider's public address instead of the configured server, and a
paid video is lost. Its source's id has M.
"""

from __future__ import annotations

import base64
import binascii
import re

_ID = re.compile(r"(litellm:custom_llm_provider:[^;]*;model_id:)([^;]*)(;video_id:.*)", re.DOTALL)
_PREFIX = "video_"


def _decoded(video_id: str) -> re.Match[str] | None:
    if not video_id.startswith(_PREFIX):
        return None
    text = video_id.removeprefix(_PREFIX)
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return _ID.fullmatch(plain)


def with_routing_of(source_id: str | None, video_id: str) -> str:
    """``video_id`` with its source's routing where its own was lost; any other id comes back as it is."""
    source, found = _decoded(source_id or ""), _decoded(video_id)
    if source is None or found is None or found[2] or not source[2]:
        return video_id
    whole = f"{found[1]}{source[2]}{found[3]}"
    return _PREFIX + base64.b64encode(whole.encode("utf-8")).decode("ascii")


def with_upstream_id(video_id: str, upstream_id: str) -> str:
    """``upstream_id`` as this proxy would spell it, with the routing of ``video_id``; where that has none, as it is.

    An id without routing leaves the site: LiteLLM asks api.openai.com for it.
    """
    found = _decoded(video_id)
    if found is None:
        return upstream_id
    whole = f"{found[1]}{found[2]};video_id:{upstream_id}"
    return _PREFIX + base64.b64encode(whole.encode("utf-8")).decode("ascii")


def same_job(one: str, other: str) -> bool:
    """Whether two ids may name one job: equal, or one of them LiteLLM's or a relay's spelling of the other.

    LiteLLM wraps the upstream's id or gives it as it is; relays put a model before it (``sora-2:task_1``).
    """
    mine, its = _upstream(one), _upstream(other)
    if mine.casefold() == its.casefold():
        return True
    longer, shorter = (mine, its) if len(mine) > len(its) else (its, mine)
    return len(shorter) >= 6 and longer[-len(shorter) - 1 :].casefold() in (
        f":{shorter}".casefold(),
        f"/{shorter}".casefold(),
    )


def _upstream(video_id: str) -> str:
    found = _decoded(video_id)
    return video_id if found is None else found[3].removeprefix(";video_id:")
