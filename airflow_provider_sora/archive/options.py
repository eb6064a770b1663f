"""How to archive: everything that is not the video and not its destination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_sora.exceptions import ConfigurationError


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """Settings of one archive call; the defaults suit most.

    :param gcp_conn_id: Airflow connection with the Google credentials for ``gs://``; None uses application
        default credentials.
    :param impersonation_chain: service account to act as, or a chain of them whose last one is the target.
    :param storage_conn_id: Airflow connection of any other store (``s3://`` …).
    :param prompt_storage: ``"full"`` keeps the prompt in the receipt, ``"hash"`` only its sha256.
    :param stills: store thumbnail and spritesheet too.
    :param kms_key_name: Cloud KMS key for ``gs://`` objects; None leaves it to the bucket.
    :param storage_class: for example ``"NEARLINE"``; None leaves it to the bucket.
    :param cache_control: the objects' Cache-Control.
    :param user_project: project billed for a requester-pays bucket.
    :param chunk_size: bytes sent per request; memory grows with it.
    :param connect_timeout: seconds, as is ``read_timeout``; ``retry_seconds`` bounds the resending of a chunk.
    :param max_stalls: breaks of the source in a row without a new byte before giving up.
    """

    gcp_conn_id: str | None = None
    impersonation_chain: str | Sequence[str] | None = None
    storage_conn_id: str | None = None
    prompt_storage: str = "full"
    stills: bool = True
    kms_key_name: str | None = None
    storage_class: str | None = None
    cache_control: str | None = "private, max-age=0, no-transform"
    user_project: str | None = None
    chunk_size: int = 8 << 20
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    retry_seconds: float = 120.0
    max_stalls: int = 5

    def __post_init__(self) -> None:
        if self.prompt_storage not in ("full", "hash"):
            raise ConfigurationError(
                f"prompt_storage must be 'full' or 'hash', not {self.prompt_storage!r}. Nothing was stored."
            )
        if self.chunk_size <= 0 or self.chunk_size % (256 << 10):
            raise ConfigurationError(
                f"chunk_size must be a positive multiple of 262144 bytes, not {self.chunk_size}. Nothing was stored."
            )
