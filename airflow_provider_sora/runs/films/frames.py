"""The frame that a scene starts on which continues from another: the last one of that scene's archived clip."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.remembered.json_store import JsonStore
from airflow_provider_sora.runs.remembered.made import Made
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.keys import digest

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions

log = logging.getLogger(__name__)


def frame_after(run: PlannedRun, made: Made) -> str | None:
    """The address of the last frame of an archived clip, taken and stored once; None where its address is not known.

    :raises ConfigurationError: PyAV is not installed.
    :raises ArchiveError: the clip cannot be read or decoded, or the store failed; nothing was paid by this step.
    """
    from airflow_provider_sora.inputs.pictures.photo_address import photo_address

    name = kept_frame(run.store, run.paths.state, made, run.options)
    if name is None:
        return None
    uri = run.paths.url(name)
    return photo_address(uri, uri, gcp_conn_id=run.options.gcp_conn_id) if uri.startswith("gs://") else uri


def kept_frame(store: JsonStore, state: str, made: Made, options: ArchiveOptions | None) -> str | None:
    """The name below the store of an archived clip's last frame, a PNG; see :func:`frame_after`.

    :param state: the DAG's ``state/{dag_id}``.
    """
    from airflow_provider_sora.media.last_frame import last_frame
    from airflow_provider_sora.stores.contract import NameTakenError
    from airflow_provider_sora.stores.open import open_store
    from airflow_provider_sora.stores.scratch import scratch_file

    if not made.uri:
        return None
    name = f"{state}/frames/{digest(made.uri)[:20]}.png"
    if store.store.look(name) is None:
        prefix, video = split_object_uri(made.uri)
        with scratch_file(open_store(prefix, options).read_blocks(video), video) as path:
            data = last_frame(path)
        try:
            store.store.put_bytes(name, data, content_type="image/png", metadata={})
        except NameTakenError:
            log.info("%s was stored by another task at this moment.", name)
    return name
