"""One pass over one server, whichever it is: what it can do, and whether this provider behaves there.

It finds out what the server has, then judges the provider: every call either works, or is refused in words before
anything is paid, and no answer gets past our own exceptions. An ability that is claimed and then not there is a wrong
verdict; an answer that is junk is the server's fault and is said as such. Paid are one create and, where the server has
remix, one remix.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_provider_sora.protocol.servers.litellm_ids import with_upstream_id
from testbed.conformance_verdicts import CannotJudgeError, Row, Verdicts

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.protocol.answers.job import VideoJob
    from airflow_provider_sora.protocol.servers.capabilities import Capabilities

PROMPT = "A paper boat on still water at dawn, static camera, soft light"
CHANGE = "The same scene in colder light"
UNKNOWN_ID = "video_0000000000000000000000000000"


class Conformance(Verdicts):
    """One pass over one server."""

    def __init__(
        self,
        hook: SoraHook,
        *,
        model: str | None,
        seconds: int | None,
        size: str | None,
        wait: float,
        poll: float = 5.0,
    ) -> None:
        super().__init__()
        self.hook = hook
        self.model, self.seconds, self.size, self.wait, self.poll = model, seconds, size, wait, poll
        self.made: list[str] = []

    def run(self) -> list[Row]:
        """All rows.

        :raises CannotJudgeError: the server refused the key, has no credit, or does not answer.
        """
        from airflow_provider_sora.exceptions import SoraError

        try:
            about, seen = self.hook.capabilities(), self.hook.evidence()
        except SoraError as error:
            raise CannotJudgeError(error.message) from error
        if not seen.speaks:
            raise CannotJudgeError(seen.sentence())
        self.row("who answers", f"{about.sentence()} {seen.sentence()}")
        if self.model is None and self.hook.dialect.model_rule == "required" and about.models:
            self.model = about.models[0]
        self._refusals(about)
        job = self._create()
        self._unknown_id(job)
        self.guarded("list", lambda: self._listed(about, job))
        done = self._finished(job)
        if done is not None:
            self.guarded("archive", lambda: self._archived(done))
            self.guarded("stills", lambda: self._stills(about, done))
            self._remixed(done)
        self._deleted(about)
        return self.rows

    def _refusals(self, about: Capabilities) -> None:
        from airflow_provider_sora.exceptions import InvalidRequestError, UnsupportedByServerError
        from airflow_provider_sora.protocol.submission import Submission, SubmitKind

        wanted: dict[str, tuple[Submission, type[Exception]]] = {
            "empty prompt": (Submission(SubmitKind.CREATE, " ", model=self.model), InvalidRequestError)
        }
        for kind in (SubmitKind.REMIX, SubmitKind.EDIT, SubmitKind.EXTEND):
            call = self.hook.dialect.remix_call if kind is SubmitKind.REMIX else kind.value
            if call not in about.calls:
                submission = Submission(kind, CHANGE, source_id=UNKNOWN_ID, seconds=self._shortest())
                wanted[f"no {kind.value}"] = (submission, UnsupportedByServerError)
        for name, (submission, expected) in wanted.items():
            try:
                self.hook.check(submission)
            except expected as error:
                self.row(name, str(error))
            except Exception as error:  # noqa: BLE001 - a stray exception is what this looks for
                self.row(name, f"{type(error).__name__}: {error}", f"not {expected.__name__}")
            else:
                self.row(name, "let through", "would have been sent and perhaps paid")

    def _shortest(self) -> int | None:
        allowed = self.hook.dialect.seconds_allowed
        return self.seconds if self.seconds is not None else (min(allowed) if allowed else None)

    def _unknown_id(self, job: VideoJob) -> None:
        """An id that does not exist. LiteLLM sends one that it cannot read to api.openai.com: it keeps its routing."""
        if self.hook.dialect.has("get"):
            unknown = with_upstream_id(job.id, UNKNOWN_ID)
            self.tried("unknown id", lambda: self.hook.get_video(unknown), lambda found: f"a job, {found.status}")

    def _create(self) -> VideoJob:
        from airflow_provider_sora.exceptions import AmbiguousSubmitError, SoraError

        try:
            job = self.hook.create_video(PROMPT, model=self.model, seconds=self._shortest(), size=self.size)
        except AmbiguousSubmitError as error:
            self.row("create", error.message, fault="the server gave no answer that can be judged")
            raise CannotJudgeError("The create has an unknown outcome; a job may have been paid for.") from error
        except SoraError as error:
            raise CannotJudgeError(f"The create was not accepted. {type(error).__name__}: {error.message}") from error
        self.made.append(job.id)
        self.row("create", f"{job.status}, model {job.model}, {job.seconds} s, {job.size}")
        return job

    def _listed(self, about: Capabilities, job: VideoJob) -> None:
        from airflow_provider_sora.exceptions import UnsupportedByServerError

        if "list" not in about.calls:
            try:
                self.hook.list_videos(limit=1)
            except UnsupportedByServerError as error:
                self.row("no list", error.message)
            else:
                self.row("no list", "asked all the same", "the dialect says that there is none")
            return
        page = self.tried(
            "list", lambda: self.hook.list_videos(limit=20), lambda page: f"{len(page.jobs)} jobs", claimed=True
        )
        if page is not None and about.list_has_prompts:
            mine = [listed for listed in page.jobs if listed.id == job.id]
            found = bool(mine) and mine[0].prompt == PROMPT
            seen = "the new job is there with its prompt" if found else "the new job is not there with its prompt"
            self.row("adoption", seen, None if found else "the dialect says that a lost job can be found there")

    def _finished(self, job: VideoJob) -> VideoJob | None:
        from airflow_provider_sora.exceptions import SoraError
        from airflow_provider_sora.protocol.answers.job import JobStatus

        deadline, faults = time.monotonic() + self.wait, 0
        while not job.status.is_final:
            if time.monotonic() > deadline:
                raise CannotJudgeError(
                    f"{job.id} was not finished after {self.wait:g} s ({job.status}); left in place."
                )
            time.sleep(self.poll)
            try:
                job, faults = self.hook.get_video(job.id), 0
            except SoraError as error:
                faults += 1
                if faults > 5:
                    if error.status_code in (404, 405, 501) and self.hook.dialect.has("get"):
                        self.row("get", error.message, "the dialect says that a job can be asked for")
                    raise CannotJudgeError(f"{job.id} could not be asked for: {error.message}") from error
        if job.status is JobStatus.COMPLETED:
            self.row("completed", f"{job.id[:40]}, {job.seconds} s, {job.size}")
            return job
        self.row(
            "ended", f"{job.status}: {job.error.code if job.error else ''} {job.error.message if job.error else ''}"
        )
        return None

    def _archived(self, job: VideoJob) -> None:
        from airflow_provider_sora.archive.archiver import archive_video
        from airflow_provider_sora.exceptions import ContentError, SoraError
        from airflow_provider_sora.record import VideoRecord

        record = VideoRecord(video_id=job.id, base_url=self.hook.base_url, dialect=self.hook.dialect.name)
        with tempfile.TemporaryDirectory() as folder:
            destination = Path(folder).as_uri()
            try:
                first = archive_video(self.hook, record, destination=destination)
                second = archive_video(self.hook, record, destination=destination)
            except ContentError as error:
                self.row("archive", error.message, fault="what the server sent is no whole video")
                return
            except SoraError as error:
                self.row("archive", error.message, "a completed video was not archived")
                return
        media = first.media
        shape = f"{media.width}x{media.height}, {media.duration_seconds} s, sound: {media.has_audio}"
        self.row("archive", f"{first.bytes_stored:,} bytes, {shape}")
        again = f"{second.bytes_fetched} bytes fetched, {second.bytes_stored} stored"
        moved = second.bytes_fetched or second.bytes_stored
        self.row("once more", again, "a repeated archive moved content" if moved else None)
        for still in ("thumbnail", "spritesheet"):
            entry = first.receipt["objects"].get(still)
            self.row(still, f"archived, from: {entry['origin']}" if entry else "none")

    def _stills(self, about: Capabilities, job: VideoJob) -> None:
        from airflow_provider_sora.exceptions import SoraError

        for still in ("thumbnail", "spritesheet"):
            if still in about.calls:
                continue
            try:
                data = self.hook.download_content(job.id, variant=still)
            except SoraError as error:
                self.row(f"no {still}", f"{type(error).__name__}: {error.message}")
            else:
                self.row(f"no {still}", f"{len(data)} bytes", "the dialect says that there is none")

    def _remixed(self, job: VideoJob) -> None:
        if self.hook.dialect.remix_call is None:
            return
        remix = self.tried(
            "remix", lambda: self.hook.remix_video(job.id, CHANGE), lambda made: f"{made.status}", claimed=True
        )
        if remix is not None:
            self.made.append(remix.id)
            self._finished(remix)

    def _deleted(self, about: Capabilities) -> None:
        if "delete" in about.calls:
            for video_id in reversed(self.made):
                self.tried("delete", lambda video_id=video_id: self.hook.delete_video(video_id), str, claimed=True)  # type: ignore[misc]
