"""What a message about a clip is made of, for Airflow's own notifiers: its page in the gallery, and its picture.

They are macros of a DAG: ``DAG(…, user_defined_macros=MACROS)``, then ``{{ gallery_link(ti) }}`` in a notifier's text.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from airflow_provider_sora.exceptions import ConfigurationError

#: Folders of attachments. A process of a task ends without tidying up, so the next one does.
_FOLDER = "sora-notice-"
_KEPT_SECONDS = 3600


def clip_of(ti: Any) -> Mapping[str, Any]:
    """The video's mapping that a task returned, while its ``on_success_callback`` runs.

    :raises ConfigurationError: it returned none.
    """
    video = ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index)
    if not isinstance(video, Mapping):
        raise ConfigurationError(
            f"Task {ti.task_id} returned no video, so there is nothing to tell of.",
            step="put the notifier on a task that makes or archives one.",
        )
    return video


def gallery_link(ti: Any) -> str:
    """The page of a task instance's clip in the gallery, below ``[api] base_url``; whoever opens it signs in there."""
    from airflow.sdk import conf

    base = (conf.get("api", "base_url", fallback="") or "").rstrip("/")
    whose = {name: getattr(ti, name) for name in ("dag_id", "run_id", "task_id", "map_index")}
    return f"{base}/sora/gallery?{urlencode(whose)}"


def attachment(ti: Any) -> str:
    """A local file for a mail: the clip's thumbnail, or, where it has no stills, its receipt.

    Read from the archive with the task's own storage settings, and deleted by a later call, an hour after.

    :raises ConfigurationError: the clip is not archived.
    :raises ArchiveError: the store cannot be read.
    """
    from airflow_provider_sora.stores.destination import split_object_uri
    from airflow_provider_sora.stores.open import open_store
    from airflow_provider_sora.tasks.archiving.keeping import read_options
    from airflow_provider_sora.tasks.former import under_new_names

    video = clip_of(ti)
    uri = video.get("thumbnail_uri") or video.get("receipt_uri")
    if not uri:
        raise ConfigurationError(
            f"Video {video.get('video_id')} is not archived, so there is no picture of it.",
            step="put the notifier on the task that archives it.",
        )
    options = read_options(under_new_names(vars(ti.task)))
    folder, name = split_object_uri(uri)
    data = open_store(folder, options).read_bytes(name)
    _sweep()
    path = Path(tempfile.mkdtemp(prefix=_FOLDER)) / name
    path.write_bytes(data)
    return str(path)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        try:
            if folder.stat().st_uid == os.getuid() and folder.stat().st_mtime < time.time() - _KEPT_SECONDS:
                shutil.rmtree(folder)
        except FileNotFoundError:
            continue  # another process was quicker


#: For ``DAG(user_defined_macros=…)``.
MACROS: Mapping[str, Any] = {"attachment": attachment, "clip_of": clip_of, "gallery_link": gallery_link}
