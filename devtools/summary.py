"""What lies in the bucket after a run: exported, checked against its receipts, and told in a table and as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Video = dict[str, Any]


def export(storage_url: str, project: str, bucket: str, folder: Path) -> dict[str, Path]:
    """Copy every object of the bucket below ``folder``; ``gs://`` name to file."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    client = storage.Client(
        project=project,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": storage_url},
    )
    files = {}
    for blob in client.list_blobs(bucket):
        path = folder / blob.name
        path.parent.mkdir(parents=True, exist_ok=True)
        client.bucket(bucket).blob(blob.name).download_to_filename(str(path))
        files[f"gs://{bucket}/{blob.name}"] = path
    return files


def videos_of(files: Mapping[str, Path]) -> dict[str, list[Video]]:
    """Per DAG, the archived videos that the receipts tell of, parents before their remixes."""
    found: dict[str, list[tuple[str, Video]]] = {}
    for uri, path in files.items():
        if not uri.endswith("/receipt.json"):
            continue
        receipt = json.loads(path.read_text("utf-8"))
        when = str((receipt.get("times") or {}).get("submitted_at"))
        dag_id = (receipt.get("run") or {}).get("dag_id") or "?"
        found.setdefault(dag_id, []).append((when + uri, video_of(receipt, uri)))
    return {dag_id: [video for _, video in sorted(found[dag_id], key=lambda item: item[0])] for dag_id in sorted(found)}


def video_of(receipt: Mapping[str, Any], receipt_uri: str) -> Video:
    """One line of the summary, out of a receipt."""
    objects, media = receipt["objects"], receipt["media"]
    stills = {name: (objects.get(name) or {}).get("uri") for name in ("thumbnail", "spritesheet")}
    return {
        "video_id": receipt["video_id"],
        "parent_id": receipt["parent_id"],
        "uri": objects["video"]["uri"],
        "bytes": objects["video"]["size"],
        "seconds": media["duration_seconds"],
        "size": f"{media['width']}x{media['height']}",
        "sha256": objects["video"]["sha256"],
        "cost_usd": receipt["cost"]["estimate"],
        "receipt_uri": receipt_uri,
        "thumbnail_uri": stills["thumbnail"],
        "spritesheet_uri": stills["spritesheet"],
        "kind": receipt.get("kind", "video"),
    }


def problems_of(videos: Sequence[Video], files: Mapping[str, Path]) -> list[str]:
    """What a receipt says and the exported files do not bear out, in words."""
    problems = []
    for video in videos:
        name = video["video_id"]
        for asset in ("uri", "thumbnail_uri", "spritesheet_uri"):
            if video[asset] not in files:
                problems.append(f"{name} has no {asset.removesuffix('_uri').replace('uri', 'video')} in the bucket")
        path = files.get(video["uri"])
        if path is None:
            continue
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != video["sha256"] or len(data) != video["bytes"]:
            problems.append(f"{name} is not what its receipt says")
        if data[4:8] != b"ftyp" or not video["seconds"]:
            problems.append(f"{name} is no MP4")
    return problems


def table(videos: Mapping[str, Sequence[Video]]) -> str:
    """The archived videos as a table, with what they would have cost."""
    head = ("dag", "video", "made from", "size", "seconds", "kB", "USD")
    rows = [
        (
            dag_id,
            _short(video["video_id"]),
            _short(video["parent_id"] or "-"),
            video["size"],
            f"{video['seconds'] or 0:.1f}",
            f"{video['bytes'] / 1000:,.0f}",
            "?" if video["cost_usd"] is None else f"{video['cost_usd']:.2f}",
        )
        for dag_id, listed in videos.items()
        for video in listed
    ]
    every = [video for listed in videos.values() for video in listed]
    # What was made of others costs nothing more than they did.
    cost = sum(video["cost_usd"] or 0 for video in every if video["kind"] == "video")
    length = sum(video["seconds"] or 0 for video in every)
    weight = sum(video["bytes"] for video in every)
    rows.append(("total", f"{len(every)} videos", "", "", f"{length:.1f}", f"{weight / 1000:,.0f}", f"{cost:.2f}"))
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [
            cell.ljust(width) if at < 4 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    lines.insert(1, "  " + "  ".join("-" * width for width in widths))
    lines.insert(-1, lines[1])
    return "\n".join(lines)


def _short(video_id: str) -> str:
    return video_id if len(video_id) <= 24 else video_id[:15] + "…" + video_id[-8:]


def index_pages(files: Mapping[str, Path]) -> list[Path]:
    """The HTML index pages, the widest view (fewest folders deep) first, newest name first among equals."""
    pages = [path for path in files.values() if path.suffix == ".html"]
    pages.sort(key=str, reverse=True)
    return sorted(pages, key=lambda path: len(path.parts))
