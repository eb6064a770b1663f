"""A film: archived clips cut after an edit list, archived with captions beside it and a receipt of its parts."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming
from airflow_provider_sora.archive.archiver import ArchiveResult, archive_video
from airflow_provider_sora.archive.cutting.edit_list import said
from airflow_provider_sora.archive.cutting.made_source import MadeSource
from airflow_provider_sora.archive.cutting.parts import common_labels, cost_of, local_part, part_of
from airflow_provider_sora.archive.facts import FINAL_CUT
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.masking.scrub import scrub
from airflow_provider_sora.media.cut.edit import Clip, Edit
from airflow_provider_sora.media.cut.film import Plan, cut_film, plan_film
from airflow_provider_sora.media.cut.lettering.captions import srt, webvtt
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.options import ArchiveOptions
from airflow_provider_sora.stores.scratch import scratch_file

if TYPE_CHECKING:
    from airflow_provider_sora.archive.cutting.edit_list import Order
    from airflow_provider_sora.media.cut.encode import Encoding

#: Reads a file that is no archived video: what it is to the film (``music``, ``mark``, ``font``), and its address.
Bring = Callable[[str, str], bytes]


class Workshop:
    """One film in the making: what it needs is brought to this worker when it is needed, and is gone at the end.

    :param order: the film as it was asked for.
    :param bring: reads music, the mark's picture and the font, at once; its errors are passed on.
    :param prefix: what its id begins with: what it is.
    """

    def __init__(
        self,
        order: Order,
        options: ArchiveOptions,
        bring: Bring,
        encoding: Encoding | None = None,
        log: Any = None,
        prefix: str = "cut",
    ) -> None:
        self._prefix = prefix
        self.order = order
        self._options = options
        self._bring = bring
        self._encoding = encoding
        self._log = log
        self._stack = contextlib.ExitStack()
        self._plan: Plan | None = None
        self._ready: Edit | None = None
        #: sha256 of the files that are no archived videos, by what they are to the film.
        self.contents: dict[str, str] = {}
        self.parts: list[dict[str, Any]] = []
        self._edit = order.edit

    def __enter__(self) -> Workshop:
        self.parts = [part_of(record, self._options) for record in self.order.records]
        with contextlib.ExitStack() as stack:
            stack.push(self._stack.__exit__)
            self._edit = self._with_contents(self.order.edit)
            stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def video_id(self) -> str:
        """A pure function of parts, edit list and the other files' content."""
        contents = [f"{what} {digest}" for what, digest in sorted(self.contents.items())]
        encoding = json.dumps(said(self._encoding), sort_keys=True) if self._encoding else ""
        return f"{self._prefix}_{self.order.key(*contents, encoding)[:32]}"

    def make(self) -> str:
        """The film; returns its path.

        :raises ConfigurationError: the edit list does not fit its clips.
        :raises ContentError: a clip is no longer what was archived.
        :raises ArchiveError: a clip cannot be read.
        """
        target = os.path.join(self._stack.enter_context(tempfile.TemporaryDirectory()), naming.FILE_NAMES[naming.VIDEO])
        film = cut_film(self._local(), target, encoding=self._encoding, log=self._log)
        self._plan = film.plan
        return target

    def captions(self) -> dict[str, bytes]:
        """The captions' files, by asset; none where nothing is said."""
        plan = self.plan()
        if not plan.captions:
            return {}
        files = {naming.CAPTIONS_VTT: webvtt, naming.CAPTIONS_SRT: srt}
        return {asset: write(plan.captions).encode("utf-8", "replace") for asset, write in files.items()}

    def plan(self) -> Plan:
        """The edit list held against its clips, which are brought here for it; raises as :meth:`make`."""
        if self._plan is None:
            self._plan = plan_film(self._local())
        return self._plan

    def _local(self) -> Edit:
        """The edit list with paths of this worker."""
        if self._ready is None:
            paths = [self._stack.enter_context(local_part(part, self._options)) for part in self.parts]
            shots = [
                replace(shot, source=paths[int(shot.source)]) if isinstance(shot, Clip) else shot
                for shot in self._edit.shots
            ]
            self._ready = replace(self._edit, shots=tuple(shots))
        return self._ready

    def _with_contents(self, edit: Edit) -> Edit:
        if edit.music is not None:
            path = self._brought("music", edit.music.source)
            edit = replace(edit, music=replace(edit.music, source=path))
        if edit.mark is not None and edit.mark.picture is not None:
            path = self._brought("mark", edit.mark.picture)
            edit = replace(edit, mark=replace(edit.mark, picture=path))
        if edit.font is not None:
            edit = replace(edit, font=self._brought("font", edit.font))
        return edit

    def _brought(self, what: str, source: str) -> str:
        data = self._bring(what, source)
        self.contents[what] = hashlib.sha256(data).hexdigest()
        return self._stack.enter_context(scratch_file([data], shown(source).rpartition("/")[2]))


def cut_videos(
    workshop: Workshop,
    *,
    destination: str,
    options: ArchiveOptions,
    request: Mapping[str, Any],
    kind: str = FINAL_CUT,
    parents: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    run: Mapping[str, Any] | None = None,
    log: Any = None,
) -> ArchiveResult:
    """Make the film and archive it; a repeated call moves no content.

    :param request: what the receipt states of how it was asked for; ``call`` names it.
    :param kind: of its receipt, see :func:`~airflow_provider_sora.archive.archiver.archive_video`.
    :param parents: of a copy, what it is a copy of and what that descends from, the nearest first.
    :raises ConfigurationError: the edit list does not fit its clips; the shot is named.
    :raises ContentError: a clip, or its receipt, is no longer what was archived.
    :raises ArchiveError: a clip cannot be read, or the store failed; a retry makes it again and costs no render.
    """
    records = workshop.order.records
    film = VideoRecord(
        video_id=workshop.video_id,
        status="completed",
        parent_id=parents[0] if parents else None,
        # Music and a mark's picture may have been given by signed addresses; this goes into XCom, too.
        requested=scrub({**request, **({"files": dict(workshop.contents)} if workshop.contents else {})}),
        cost_estimate_usd=cost_of(workshop.parts),
        labels={**common_labels(records), **(labels or {})},
        completed_at=max((r.completed_at for r in records if r.completed_at), default=None),
    )
    return archive_video(
        MadeSource(workshop.make),
        film,
        destination=destination,
        options=options,
        run=run,
        log=log or logging.getLogger(__name__),
        kind=kind,
        parts=workshop.parts,
        parent_chain=list(parents) or [record.video_id for record in records],
        origin="made_from_video",
        beside=workshop.captions,
    )
