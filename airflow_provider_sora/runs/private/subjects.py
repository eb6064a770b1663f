"""The keyed hash that stands for a person everywhere; without the key it tells nothing and cannot be guessed."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from airflow_provider_sora.exceptions import ConfigurationError

#: Airflow Variable with the key. Its name holds the word by which Airflow masks a Variable's value.
VARIABLE = "sora_private_data_secret"
#: Characters; a shorter key could be tried out.
SHORTEST = 32
_DIGITS = 40


def read_secret() -> bytes:
    """The key.

    :raises ConfigurationError: there is none, or it is too short; nothing was paid.
    """
    from airflow.sdk import Variable

    found = str(Variable.get(VARIABLE, default=None) or "").strip()
    if len(found) < SHORTEST:
        raise ConfigurationError(
            f"Private columns need a key, and the Airflow Variable {VARIABLE} "
            + ("is not set." if not found else f"is shorter than {SHORTEST} characters."),
            step="set it once and keep it: `openssl rand -hex 32` makes one. With another no earlier clip is found.",
        )
    return found.encode()


def subject_of(secret: bytes, value: str) -> str:
    """What stands for the person whom a row's key names: 40 hex digits, the same in every campaign."""
    return _keyed(secret, "subject", unicodedata.normalize("NFC", value.strip()))[:_DIGITS]


def mark_of(secret: bytes, *values: str) -> str:
    """What stands for private cells in a fingerprint: another one when one of them changes."""
    return _keyed(secret, "cells", *values)


def seal_of(secret: bytes) -> bytes:
    """The key of digests of prompts."""
    return hmac.new(secret, b"prompt", hashlib.sha256).digest()


def _keyed(secret: bytes, *parts: str) -> str:
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(secret, joined.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
