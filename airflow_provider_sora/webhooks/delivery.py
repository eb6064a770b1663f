"""A webhook's delivery: is it signed by who knows the secret, and what does it say?

Signatures are those of Standard Webhooks (https://www.standardwebhooks.com), which OpenAI's webhooks follow: an
HMAC-SHA256 over id, time and raw body. The library checks them, and refuses what is more than five minutes off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: The events after which somebody should look; every other one is taken and changes nothing.
ENDINGS = frozenset({"video.completed", "video.failed", "video.cancelled", "video.canceled", "video.expired"})
#: The largest body that is read, in bytes; OpenAI's has about two hundred.
LARGEST = 64 << 10
_LONGEST_ID = 512


class RefusedError(Exception):
    """The delivery is not to be believed. The text is for our log, never for the sender."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery says.

    :param id: its ``webhook-id``, the same when it is sent again.
    :param kind: ``video.completed`` and the like.
    :param video_id: the job's id; None where the event names none.
    """

    id: str
    kind: str
    video_id: str | None

    @property
    def ends_a_job(self) -> bool:
        return self.video_id is not None and self.kind in ENDINGS


def secrets_of(value: object) -> tuple[str, ...]:
    """The secrets in a connection's field: one, or several while they are rotated, as a list or apart by blanks, commas
    or lines. Airflow's mask ``***`` is none."""
    return tuple(word for word in _words(value) if set(word) != {"*"})


def mask_in(value: object) -> str:
    """A sentence where a connection's field holds the mask that Airflow's pages show; else ``""``."""
    if all(set(word) != {"*"} for word in _words(value)):
        return ""
    where = "holds" if secrets_of(value) else "is"
    return f"its webhook_secret {where} the mask *** that Airflow's pages show: what that hid signs no webhook"


def _words(value: object) -> list[str]:
    parts = value if isinstance(value, (list, tuple)) else [value]
    words = [word for part in parts if isinstance(part, str) for word in re.split(r"[\s,]+", part)]
    return [word for word in words if word]


def read_delivery(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Delivery:
    """The delivery, if one of ``secrets`` signed it.

    :param headers: names in lower case.
    :param body: as it came, byte for byte.
    :raises RefusedError: unsigned, forged, too old, ahead of time, or no event; the text says which.
    :raises ImportError: the extra ``[webhook]`` is not installed.
    """
    from standardwebhooks import Webhook, WebhookVerificationError

    why = "there is no secret"
    for secret in secrets:
        try:
            webhook = Webhook(secret)
        except Exception as error:  # noqa: BLE001 - the library has a class of its own for an empty one, without a name to import
            # What is no base64 signs nothing; the secret itself must not get into the log.
            why = f"a webhook_secret of the connection cannot be used ({type(error).__name__})"
            continue
        try:
            webhook.verify(body, dict(headers), json_parse=False)
        except WebhookVerificationError as error:
            why = str(error)
        except ValueError:
            why = "its signature or its text cannot be read"
        else:
            return _read(headers, body)
    raise RefusedError(why)


def _read(headers: Mapping[str, str], body: bytes) -> Delivery:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError("it is signed, and no JSON") from error
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise RefusedError("it is signed, and no event: it has no type")
    data = event.get("data")
    video_id = data.get("id") if isinstance(data, dict) else None
    if not isinstance(video_id, str) or not 0 < len(video_id) <= _LONGEST_ID:
        video_id = None
    return Delivery(headers["webhook-id"], event["type"][:100], video_id)
