"""A film as a folder for an editor: numbered clips as they were archived, music, captions, timelines, changes."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.cutting.edit_list import said
from airflow_provider_sora.archive.cutting.shot_list import film_entry, shot_entries
from airflow_provider_sora.archive.cutting.workshop import Workshop
from airflow_provider_sora.archive.ownership import ASSET, SOURCE_ID
from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, ContentError, ForeignObjectError
from airflow_provider_sora.masking.scrub import scrub
from airflow_provider_sora.media.cut.clip_facts import sound_seconds
from airflow_provider_sora.media.cut.edit import Card, Clip
from airflow_provider_sora.media.cut.film import Plan
from airflow_provider_sora.media.cut.lettering.captions import srt, webvtt
from airflow_provider_sora.media.cut.lettering.drawing import draw_card
from airflow_provider_sora.media.handoff.changes import changes, told
from airflow_provider_sora.media.handoff.timeline_files import Media, write_timelines
from airflow_provider_sora.paid import said as nothing_paid
from airflow_provider_sora.stores.contract import NameTakenError, ObjectStore
from airflow_provider_sora.stores.hashing import Hasher
from airflow_provider_sora.stores.open import open_store

if TYPE_CHECKING:
    from airflow_provider_sora.stores.options import ArchiveOptions

SCHEMA = "urn:airflow-provider-sora:handoff:1"
_UNREAD = "move that file away, or name another hand-off in since."
LIST = "handoff.json"
_TYPES = {
    ".mp4": "video/mp4", ".png": "image/png", ".vtt": "text/vtt", ".srt": "application/x-subrip", ".xml": "text/xml",
    ".edl": "text/plain", ".otio": "application/json", ".txt": "text/plain",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HandOff:
    """What was handed over.

    :param uri: of the folder.
    :param listed: its ``handoff.json``.
    :param bytes_stored: by this call; 0 where it was there already.
    """

    uri: str
    listed: dict[str, Any]
    bytes_stored: int

    def to_xcom(self) -> dict[str, Any]:
        lines = [told(change) for change in self.listed["changes"]]
        return {
            "handoff_id": self.listed["handoff_id"],
            "uri": self.uri,
            "list_uri": f"{self.uri}/{LIST}",
            "previous": self.listed["previous"],
            "changes": lines[:50],
        }


def hand_over(
    workshop: Workshop,
    *,
    name: str,
    destination: str,
    options: ArchiveOptions,
    since: str | None = None,
    run: Mapping[str, Any] | None = None,
    log: Any = None,
) -> HandOff:
    """Put the folder together; done again, it moves nothing.

    :param name: of the timeline; earlier hand-offs are those of the same name below ``destination``.
    :param since: address of the hand-off to compare with; None takes the latest earlier one.
    :raises ConfigurationError: the edit list does not fit its clips, or OpenTimelineIO is not installed.
    :raises ContentError: a clip, or the earlier hand-off, is not what it should be.
    :raises ForeignObjectError: a name is taken by something else; it was not touched.
    :raises ArchiveError: a clip cannot be read, or the store failed; a retry goes on with what is missing.
    """
    log = log or logging.getLogger(__name__)
    # The name stands in the timelines, so it is part of what this hand-off is.
    own = f"handoff_{hashlib.sha256(f'{workshop.video_id} {name}'.encode()).hexdigest()[:32]}"
    store = open_store(destination, options)
    uri = store.destination.join(own)
    there = store.look(f"{own}/{LIST}")
    if there is not None:
        log.info("This hand-off is there already: %s", there.uri)
        return HandOff(uri, _read(store.read_bytes(there.name), there.uri), 0)
    folder = _Folder(store, own)
    plan = workshop.plan()
    media = Media(tuple(_clips(folder, plan, workshop)), _music(folder, plan, workshop))
    if plan.captions:
        folder.put("captions/film.vtt", webvtt(plan.captions).encode())
        folder.put("captions/film.srt", srt(plan.captions).encode())
    written = write_timelines(plan, media, name)
    folder.put("film.otio", written.otio.encode())
    folder.put("film.xml", written.fcp_xml.encode())
    if written.edl is not None:
        folder.put("film.edl", written.edl.encode())
    listed = {
        "schema": SCHEMA,
        "handoff_id": own,
        "name": name,
        "made_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "run": dict(run or {}),
        "film": film_entry(plan, workshop.contents.get("music")),
        "shots": shot_entries(plan, media, workshop.order),
        "parts": workshop.parts,
        "edit": scrub(said(workshop.order.edit)),
        "edl_problem": written.problem,
    }
    earlier = _earlier(store, own, name, since, options)
    listed["previous"] = earlier[0] if earlier else None
    listed["changes"] = changes(earlier[1], listed) if earlier else []
    if earlier:
        lines = [told(change) for change in listed["changes"]] or ["Nothing."]
        folder.put("changes.txt", ("\n".join(lines) + "\n").encode())
    listed["files"] = list(folder.files)
    folder.put(LIST, (json.dumps(listed, ensure_ascii=False, indent=2) + "\n").encode())
    return HandOff(uri, listed, folder.stored)


class _Folder:
    """The folder that fills: each file is written once, and one of an earlier try is met."""

    def __init__(self, store: ObjectStore, own: str) -> None:
        self._store = store
        self._own = own
        self.stored = 0
        self.files: list[dict[str, Any]] = []

    def put(self, name: str, data: bytes) -> None:
        """What an earlier try wrote stays: drawings and timelines need not come out alike twice."""
        found = self._store.look(f"{self._own}/{name}")
        if found is not None and found.metadata.get(SOURCE_ID) == self._own:
            data = self._store.read_bytes(found.name)
        self._put(name, io.BytesIO(data), len(data))

    def put_file(self, name: str, path: str) -> None:
        with open(path, "rb") as stream:
            self._put(name, stream, os.path.getsize(path))

    def _put(self, name: str, stream: Any, size: int) -> None:
        hasher = Hasher()
        while block := stream.read(1 << 20):
            hasher.update(block)
        stream.seek(0)
        where = f"{self._own}/{name}"
        kind = _TYPES.get(os.path.splitext(name)[1], "application/octet-stream")
        found = self._store.look(where)
        if found is None:
            metadata = {SOURCE_ID: self._own, ASSET: "handoff"}
            try:
                self._store.put_stream(where, stream, size=size, content_type=kind, metadata=metadata)
                self.stored += size
            except NameTakenError as error:
                found = self._store.look(where)
                if found is None:
                    raise ArchiveError(
                        f"{error} There is none now, so the hand-off is not complete.",
                        cost=nothing_paid(),
                        step="let the task run again; it goes on with what is missing.",
                    ) from error
        if found is not None and (found.metadata.get(SOURCE_ID) != self._own or found.size != size):
            raise ForeignObjectError(
                f"{found.uri} is taken by something that is not this hand-off. It was not touched.",
                cost=nothing_paid(),
                step="move it away, or choose another destination.",
            )
        self.files.append({"name": name, "size": size, "sha256": hasher.digest().sha256})


def _clips(folder: _Folder, plan: Plan, workshop: Workshop) -> Iterator[str]:
    """The file of each shot, numbered by the shot in which it is seen first; it is there once."""
    known: dict[str, str] = {}
    for number, (shot, asked) in enumerate(zip(plan.edit.shots, workshop.order.edit.shots, strict=True), 1):
        if isinstance(shot, Card):
            name = f"clips/{number:03}_card.png"
            picture = io.BytesIO()
            draw_card(shot, plan.timeline.size, plan.edit.font).save(picture, "PNG")
            folder.put(name, picture.getvalue())
        elif isinstance(asked, Clip) and asked.source in known:
            name = known[asked.source]
        else:
            part = workshop.parts[int(asked.source)] if isinstance(asked, Clip) else {}
            ending = os.path.splitext(part["uri"])[1]
            name = known[asked.source] = f"clips/{number:03}_{_plain(shot.called, part['video_id'])}{ending}"  # type: ignore[union-attr]
            folder.put_file(name, shot.source)
        yield name


def _music(folder: _Folder, plan: Plan, workshop: Workshop) -> tuple[str, Fraction] | None:
    asked, here = workshop.order.edit.music, plan.edit.music
    if asked is None or here is None:
        return None
    left = sound_seconds(here.source, "the music") - Fraction(here.start)
    if left <= 0:
        raise ConfigurationError(f"The music has no sound behind {here.start:g} s.", step="give an earlier start.")
    ending = os.path.splitext(asked.source.partition("?")[0])[1]
    name = f"music/music{ending if re.fullmatch(r'[.][A-Za-z0-9]{1,5}', ending) else '.audio'}"
    folder.put_file(name, here.source)
    return name, left


def _earlier(
    store: ObjectStore, own: str, name: str, since: str | None, options: ArchiveOptions
) -> tuple[str, dict[str, Any]] | None:
    """Address and list of the hand-off before this one."""
    if since is not None:
        folder = since.removesuffix(f"/{LIST}").rstrip("/")
        return folder, _read(open_store(folder, options).read_bytes(LIST), f"{folder}/{LIST}")
    found = []
    for one in store.list():
        folder, _, file = one.name.rpartition("/")
        if file == LIST and folder != own:
            listed = _read(store.read_bytes(one.name), one.uri)
            if listed["name"] == name:
                found.append((listed["made_at"], store.destination.join(folder), listed))
    latest = max(found, key=lambda entry: entry[:2], default=None)
    return None if latest is None else (latest[1], latest[2])


def _read(data: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise ContentError(f"{where} is not JSON ({error}).", cost=nothing_paid(), step=_UNREAD) from error
    needed = {"schema", "handoff_id", "name", "made_at", "film", "shots", "changes", "previous"}
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or needed - set(found):
        raise ContentError(f"{where} is no list of a hand-off of this version.", cost=nothing_paid(), step=_UNREAD)
    return found


def _plain(called: str, video_id: str) -> str:
    """A name that every system takes in a path."""
    for text in (called, video_id):
        words = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:40]
        if words:
            return words
    return "clip"
