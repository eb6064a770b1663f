"""Hook lineage: what a call of the hook read and wrote, noted in Airflow's collector.

For plain tasks; an operator tells more by itself. Where no listener reads lineage, Airflow's collector takes nothing.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow_provider_sora.lineage.places import asset_uri, job_place, place_of

_log = logging.getLogger(__name__)


def note_read(hook: Any, source: object) -> None:
    """A picture or video of the user's own that is sent along; bytes have no address, so they are not noted."""
    if isinstance(source, (str, os.PathLike)) and (uri := _uri_of(os.fspath(source))):
        _note(hook, "add_input_asset", uri, None)


def note_written(hook: Any, path: Path, video_id: str, variant: str | None) -> None:
    """A file that a video, or a still of it, was written to, and the job that it is of."""
    job = job_place(hook.base_url, video_id)
    _note(hook, "add_input_asset", f"{job.namespace}/{job.name}", None)
    extra = {"video_id": video_id, "variant": variant or "video", "bytes": path.stat().st_size}
    _note(hook, "add_output_asset", path.absolute().as_uri(), extra)


def _uri_of(source: str) -> str | None:
    if source.startswith("data:") or "\n" in source:
        return None
    if "://" in source:
        place = place_of(source)
        return None if place is None else asset_uri(source.partition("?")[0].partition("#")[0])
    path = Path(source)
    return path.absolute().as_uri() if path.is_file() else None  # else it is the id of an uploaded file


def _note(hook: Any, method: str, uri: str, extra: Mapping[str, Any] | None) -> None:
    try:
        from airflow.providers.common.compat.lineage.hook import get_hook_lineage_collector

        getattr(get_hook_lineage_collector(), method)(context=hook, uri=uri, asset_extra=dict(extra) if extra else None)
    except Exception:  # noqa: BLE001 - a listener at fault must not stop a call that pays, or hide what it paid for
        _log.warning("Lineage of %s could not be noted.", uri, exc_info=True)
