"""Get something small beside a video into the store; written once more where the store failed and has nothing."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.work import Work
from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.stores.contract import NameTakenError, StoredObject, StoreFaultError

_TRIES_PER_CALL = 2


def put_small(work: Work, asset: str, data: bytes, metadata: Mapping[str, str]) -> tuple[StoredObject, bool]:
    """The object of that name, and whether it holds ``data`` for certain: another one may have been faster.

    A store may answer "taken" while another write of that name is under way, which need not succeed.

    :raises ArchiveError: the store failed twice, and there is no such object.
    """
    name, kind = work.name(asset), naming.CONTENT_TYPES[asset]
    for attempt in range(1, _TRIES_PER_CALL + 1):
        try:
            return work.store.put_bytes(name, data, content_type=kind, metadata=metadata), True
        except (NameTakenError, StoreFaultError) as error:
            found = work.store.look(name)
            if found is not None:
                return found, False
            if attempt == _TRIES_PER_CALL:
                raise ArchiveError(
                    f"{error} The video itself is stored, and this is not. A retry costs no second render.",
                    video_id=work.record.video_id,
                    status_code=error.status_code,
                ) from error
            work.log.warning("%s There is none; trying once more.", error)
    raise AssertionError("unreachable")
