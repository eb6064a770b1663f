"""A film from an operator's rendered arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.cutting.edit_list import read_order, told_edit
from airflow_provider_sora.archive.cutting.handing_over import HandOff, hand_over
from airflow_provider_sora.archive.cutting.workshop import Bring, Workshop, cut_videos
from airflow_provider_sora.arguments import (
    as_count,
    as_labels,
    as_mapping,
    as_place,
    as_text,
    check_names,
    lenient,
    wrong,
)
from airflow_provider_sora.media.cut.encode import PRESETS, Encoding
from airflow_provider_sora.media.handoff.changes import told
from airflow_provider_sora.tasks.archiving.archive_support import fixed_destination, run_facts

if TYPE_CHECKING:
    from airflow_provider_sora.archive.archiver import ArchiveResult
    from airflow_provider_sora.stores.options import ArchiveOptions

#: The largest piece of music, and the largest picture or font, in bytes.
MAX_MUSIC, MAX_SMALL = 256 << 20, 32 << 20


def cut_film(
    videos: object,
    settings: Mapping[str, Any],
    *,
    context: Mapping[str, Any],
    title: object,
    encoding: object,
    destination: str,
    options: ArchiveOptions,
    labels: Any,
    log: Any,
) -> ArchiveResult:
    """Read the edit list, make the film where it is not there yet, and archive it.

    :raises ConfigurationError: a value that cannot be meant; nothing was stored.
    """
    order = read_order(videos, settings)
    how = read_encoding(encoding)
    heading = as_text("title", lenient(title))
    request = {
        "call": "cut",
        **({"prompt": heading} if heading else {}),
        "edit": told_edit(order.edit, options.prompt_storage),
    }
    with Workshop(order, options, reader(options), how, log) as workshop:
        place = fixed_destination(context, workshop.video_id, destination, options, log)
        return cut_videos(
            workshop,
            destination=place,
            options=options,
            request=request,
            labels=as_labels(labels),
            run=run_facts(context),
            log=log,
        )


def hand_over_film(
    videos: object,
    settings: Mapping[str, Any],
    *,
    context: Mapping[str, Any],
    title: object,
    since: object,
    destination: str,
    options: ArchiveOptions,
    labels: Any,
    log: Any,
) -> HandOff:
    """Read the edit list and put the folder together, where it is not there yet.

    :raises ConfigurationError: a value that cannot be meant; nothing was stored.
    """
    order = read_order(videos, settings)
    name = as_text("title", lenient(title)) or "Film"
    with Workshop(order, options, reader(options), None, log, prefix="handoff") as workshop:
        found = hand_over(
            workshop,
            name=name,
            destination=destination,
            options=options,
            since=as_place("since", since),
            labels=as_labels(labels),
            run=run_facts(context),
            log=log,
        )
    for change in found.listed["changes"]:
        log.info("Since the last hand-off: %s", told(change))
    log.info("Handed over: %s (%d bytes stored).", found.uri, found.bytes_stored)
    return found


def reader(options: ArchiveOptions) -> Bring:
    """Reads what a film needs besides archived videos, from where inputs may lie.

    :raises InvalidRequestError: it is missing, too large, or none that this deployment reads.
    """
    from airflow_provider_sora.inputs.sources.pictures import fetch

    def bring(what: str, source: str) -> bytes:
        conn_id = options.gcp_conn_id if source.startswith(("gs://", "gcs://")) else options.storage_conn_id
        most = MAX_MUSIC if what == "music" else MAX_SMALL
        return fetch(source, max_bytes=most, timeout=60, conn_id=conn_id, allow_private_hosts=False, what=what)

    return bring


def read_encoding(given: object) -> Encoding | None:
    """How to encode; None leaves all at its default.

    :raises ConfigurationError: an unknown name, or a value that x264 does not have.
    """
    found = {name: value for name, value in as_mapping("encoding", given).items() if value is not None}
    if not found:
        return None
    check_names("encoding", found, [one.name for one in fields(Encoding)])
    preset = as_text("encoding.preset", found.get("preset", "veryfast"))
    if preset not in PRESETS:
        raise wrong("encoding.preset", preset, f"one of {', '.join(PRESETS)}")
    crf = as_count("encoding.crf", found.get("crf", 18)) or 18
    if crf > 51:
        raise wrong("encoding.crf", crf, "from 1 to 51")
    return Encoding(crf, preset, as_count("encoding.sound_bits", found.get("sound_bits", 192_000)) or 192_000)
