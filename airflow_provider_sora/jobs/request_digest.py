"""What makes two paid requests the same: the rendered request, the picture's bytes, the server's address.

Keys, headers, timeouts and prices are left out on purpose: changing them must not look like another video.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.protocol.submission import Submission, SubmitKind

#: The part that names a mapped item.
ITEM = "item_key"
#: Parts that may hold private data.
_PRIVATE = ("prompt", "input_reference")


def _digest(value: object, seal: bytes | None = None) -> str:
    data = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
    return (hashlib.sha256(data) if seal is None else hmac.new(seal, data, hashlib.sha256)).hexdigest()


@dataclass(frozen=True, slots=True)
class Scope:
    """Which task instance pays: the same for every try of it, different for every other.

    :param deployment: what tells this Airflow from another with the same DAGs, where the user has named it.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1
    deployment: str = ""

    def key(self) -> str:
        named = [self.deployment] if self.deployment else []
        return _digest([self.dag_id, self.run_id, self.task_id, self.map_index, *named])


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Digest of a request and, by part, what it is made of; ``parts`` is what tells the user what changed.

    :param match: digest of what a server's list shows of a job, to find it again there.
    """

    digest: str
    match: str
    parts: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {"digest": self.digest, "match": self.match, "parts": dict(self.parts)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Fingerprint:
        return cls(str(value["digest"]), str(value["match"]), dict(value["parts"]))

    def is_for(self, kind: SubmitKind) -> bool:
        """Whether this call was asked for."""
        return self.parts.get("call") == _digest(kind.value)[:16]

    def changed_from(self, other: Fingerprint) -> list[str]:
        """Names of the parts that differ, sorted."""
        names = {*self.parts, *other.parts}
        if ITEM not in self.parts or ITEM not in other.parts:
            names.discard(ITEM)  # naming an item changes no video
        return sorted(name for name in names if self.parts.get(name) != other.parts.get(name))


def prompt_digest(prompt: str, seal: bytes | None = None) -> str:
    """The prompt's part of a fingerprint: what a claim may show of it.

    :param seal: of a prompt made of private data, which a hash without a key would not hide: it can be guessed.
    """
    return _digest(prompt, seal)[:16]


def fingerprint_of(submission: Submission, base_url: str, item_key: str | None = None) -> Fingerprint:
    """Fingerprint of one request to one server.

    :param item_key: the user's own name for the item, which tells two items apart that ask for the same video.
    """
    reference = submission.reference
    picture = None if reference is None else reference.sha256 or reference.url or reference.file_id
    source_file = None if submission.source_file is None else hashlib.sha256(submission.source_file).hexdigest()
    values: dict[str, object] = {
        "call": submission.kind.value,
        "prompt": submission.prompt,
        "model": submission.model,
        "seconds": submission.seconds,
        "size": submission.size,
        "input_reference": picture,
        "source video": submission.source_id or source_file,
        "characters": list(submission.characters) or None,
        "extra_body": dict(submission.extra) or None,
        "server": base_url,
        ITEM: item_key,
    }
    seals = dict.fromkeys(_PRIVATE, submission.seal)
    parts = {name: _digest(value, seals.get(name))[:16] for name, value in values.items() if value is not None}
    shown = [values[name] for name in ("prompt", "model", "seconds", "size")]
    return Fingerprint(digest=_digest(parts), match=_digest(shown, submission.seal), parts=parts)


def idempotency_key(scope: Scope, fingerprint: Fingerprint, ordinal: int) -> str:
    """The key of a task without a recovery record: computed, so that every try comes to the same.

    Two deployments with the same DAG ids come to the same one too, unless each has a name of its own.
    """
    return "sora-" + _digest([scope.key(), fingerprint.digest, ordinal])[:40]


def fresh_key() -> str:
    """The key of a request whose record keeps it: drawn, so that no other deployment can come to the same."""
    return "sora-" + secrets.token_hex(20)
