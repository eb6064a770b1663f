"""A campaign's manifest, as CSV and JSON, and the page that shows its variants side by side; all from receipts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.pages.index import build_index
from airflow_provider_sora.pages.index.material import Nearby, named, thumbnails
from airflow_provider_sora.stores.destination import split_object_uri
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.options import ArchiveOptions

SCHEMA_VERSION = 1
MANIFEST, TABLE, PAGE = "manifest.json", "manifest.csv", "campaign.html"
#: The columns of the table, which are keys of a manifest's clips too.
COLUMNS = (
    "address", "sku", "variant", "size", "seconds", "bytes", "sha256", "cost_usd", "review", "published", "video_id",
)  # fmt: skip

States = Callable[[Sequence[Mapping[str, Any]]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Member:
    """A clip of a campaign, made by this run or an earlier one.

    :param receipt: the address of its receipt.
    :param row: of the table.
    :param axes: the name of its value on every axis.
    """

    sku: str
    variant: str
    receipt: str
    row: int | None = None
    axes: Mapping[str, str] | None = None


def write_campaign_pages(
    folder: str,
    facts: Mapping[str, Any],
    members: Sequence[Member],
    *,
    options: ArchiveOptions | None,
    states: States | None = None,
) -> dict[str, str]:
    """Write ``manifest.json``, ``manifest.csv`` and ``campaign.html`` under ``folder``, replacing those that are there.

    :param facts: ``campaign``, ``title``, ``lang``, ``dag_id``, ``run_id``, ``variants`` (names, in the order of the
        page) and ``missing`` (what was not made: ``sku``, ``variant``, ``title``, ``row`` and a reason).
    :param states: from receipts to what people decided.
    :returns: their addresses, as ``manifest``, ``manifest_csv`` and ``campaign_page``.
    :raises ArchiveError: the store failed, or somebody else is writing them; a retry writes them again.
    """
    store = open_store(folder, options)
    nearby = Nearby(store, options)
    found = named((member.receipt for member in members), nearby)
    decided = states(found.receipts) if states and found.receipts else {}
    videos = build_index(found.receipts, base=store.destination.uri, states=decided)["videos"]
    by_folder = {str(video["uri"]).rpartition("/")[0]: video for video in videos}
    clips = [
        _clip(member, video, options)
        for member in members
        if (video := by_folder.get(member.receipt.rpartition("/")[0])) is not None
    ]
    unread = [{"title": uri, "status": "failed", "reason": why} for uri, why in found.problems]
    document = {
        "schema_version": SCHEMA_VERSION,
        **facts,
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "clips": clips,
        "missing": [*facts["missing"], *unread],
    }
    return _write(store, document, {video["uri"]: video for video in videos}, thumbnails(videos, nearby))


def read_manifest(folder: str, options: ArchiveOptions | None) -> tuple[dict[str, Any], list[Member]]:
    """What :func:`write_campaign_pages` wrote, so that it can be written again with fewer or other clips.

    :raises ContentError: it is no manifest.
    """
    where = f"{folder}/{MANIFEST}"
    try:
        document = json.loads(open_store(folder, options).read_bytes(MANIFEST))
        members = [
            Member(str(clip["sku"]), str(clip["variant"]), str(clip["receipt"]), clip.get("row"), clip.get("axes"))
            for clip in document["clips"]
        ]
        return {**document, "missing": list(document["missing"])}, members
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError(f"{where} is no manifest of a campaign ({error}). It was left as it is.") from error


def _clip(member: Member, video: Mapping[str, Any], options: ArchiveOptions | None) -> dict[str, Any]:
    estimate, actual = video["cost_estimate_usd"], video["cost_actual_usd"]
    return {
        "address": video["uri"],
        "receipt": member.receipt,
        "sku": member.sku,
        "variant": member.variant,
        "axes": dict(member.axes or {}),
        "row": member.row,
        "title": video["labels"].get("title") or "",
        "size": video["size"],
        "seconds": video["seconds"],
        "bytes": video["bytes"],
        "sha256": video["sha256"],
        "model": video["model"],
        "cost_usd": estimate if actual is None else actual,
        "review": video["review"],
        "published": _published(video, options),
        "video_id": video["video_id"],
    }


def _published(video: Mapping[str, Any], options: ArchiveOptions | None) -> str | None:
    """Where the approved copy lies; None where there is none."""
    if video["review"] != "approved":
        return None
    folder, name = split_object_uri(str(video["uri"]))
    root, _, approved = naming.approved_folder(folder)
    there = open_store(root, options).look(f"{approved}/{name}")
    return there.uri if there else None


def _write(
    store: ObjectStore, document: Mapping[str, Any], videos: Mapping[str, Any], pictures: Mapping[str, str]
) -> dict[str, str]:
    from airflow_provider_sora.pages.campaign_page import render_campaign

    written = {
        "manifest_csv": (TABLE, _table(document["clips"]), "text/csv; charset=utf-8"),
        "campaign_page": (PAGE, render_campaign(document, videos, pictures), "text/html; charset=utf-8"),
        # Last: by it a page that could not be written is found again.
        "manifest": (MANIFEST, json.dumps(document, ensure_ascii=False, indent=2), "application/json"),
    }
    for name, text, content_type in written.values():
        data = text.encode("utf-8", "replace")
        store.replace(name, data, content_type=content_type, expected=store.look(name))
    return {key: store.destination.join(name) for key, (name, _, _) in written.items()}


def _table(clips: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    table.writeheader()
    table.writerows(clips)
    return text.getvalue()
