"""How to archive: everything that is not the video and not its destination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.stores.destination import Destination

S3_SCHEMES = ("s3", "s3a", "s3n")
_GCS = ("gs",)


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
    :param storage_class: for example ``"NEARLINE"``, on ``gs://`` and ``s3://``; None leaves it to the bucket.
    :param cache_control: the objects' Cache-Control, on ``gs://`` and ``s3://``.
    :param user_project: project billed for a requester-pays ``gs://`` bucket.
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

    def check_for(self, destination: Destination) -> None:
        """Nothing that was asked for is silently left out.

        :raises ConfigurationError: a setting that stores of this scheme do not have.
        """
        wanted = {"kms_key_name": _GCS, "user_project": _GCS, "storage_class": (*_GCS, *S3_SCHEMES)}
        ignored = [
            name for name, schemes in wanted.items() if getattr(self, name) and destination.scheme not in schemes
        ]
        if ignored:
            raise ConfigurationError(
                f"{destination.uri} would ignore {', '.join(ignored)}: {destination.scheme}:// has no such setting "
                "here. Nothing was stored. Leave it out, and set encryption and storage class on the store itself "
                "(kms_key_name and user_project are for gs://, storage_class is for gs:// and s3://)."
            )
