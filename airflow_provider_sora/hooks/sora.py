"""The hook: an Airflow connection made into calls of the Videos API."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_sora.exceptions import UnsupportedByServerError
from airflow_provider_sora.hooks import arguments
from airflow_provider_sora.hooks.content import SoraContentHook
from airflow_provider_sora.protocol.answers.job import JobPage, VideoJob
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind


class SoraHook(SoraContentHook):
    """Speak to the server of a ``sora`` connection.

    Nothing is opened, asked or imported until the first call; the hook may be made outside a task. Threads
    may share it. Errors are those of :mod:`airflow_provider_sora.exceptions`; no call is ever repeated here.

    :param sora_conn_id: id of the connection.
    """

    def __init__(self, sora_conn_id: str = SoraContentHook.default_conn_name, **kwargs: Any) -> None:
        super().__init__(sora_conn_id, **kwargs)
        self._models: tuple[str, ...] | None = None

    # Paid calls

    def check(self, submission: Submission) -> None:
        """Refuse, before anything is paid, what this server would refuse.

        Where the server names every model it takes, it is asked for them (a GET, once per hook).

        :raises UnsupportedByServerError: a call, field or form it does not have.
        :raises InvalidRequestError: a value it does not take.
        :raises ConfigurationError: the server wants a key and the connection has none.
        :raises AuthenticationFailedError: the server refused the key.
        """
        from airflow_provider_sora.protocol.validate import check_submission

        submission = self.completed(submission)
        ask = submission.kind is SubmitKind.CREATE and submission.model and self.dialect.lists_all_models
        check_submission(
            submission,
            self.dialect,
            server=self.server_name,
            models=self._known_models() if ask else (),
            has_credentials=self.settings.has_credentials or self.settings.auth == "none",
        )

    def _known_models(self) -> tuple[str, ...]:
        if self._models is None:
            self._models = self.capabilities().models
        return self._models

    def submit(
        self, submission: Submission, *, idempotency_key: str, before: Callable[[], None] | None = None
    ) -> VideoJob:
        """Send one paid POST, exactly once. :meth:`check` is the caller's, before it writes its intent down.

        :param idempotency_key: sent as ``Idempotency-Key``; honoured by few servers.
        :param before: called last of all before the request is sent; what it raises stops it.
        :raises AmbiguousSubmitError: the outcome is unknown; a job may exist and may be billed.
        :raises ServerUnreachableError: no connection was made; nothing was paid.
        :raises SoraError: a certain refusal; nothing was paid.
        """
        try:
            self._made = self.get_conn().submit(self.completed(submission), idempotency_key, before)
        except UnsupportedByServerError:
            from airflow_provider_sora.protocol.detection.detect import doubt

            doubt(self.base_url)  # it contradicts its dialect: the next hook asks anew who answers
            raise
        return self._made

    def create_video(
        self,
        prompt: str,
        *,
        model: str | None = None,
        seconds: int | str | None = None,
        size: str | None = None,
        input_reference: Reference | str | os.PathLike[str] | None = None,
        characters: Collection[str] = (),
        extra_body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> VideoJob:
        """Check and send one create. **Pays.** No record is kept: a task that dies right after it loses the job.

        :param prompt: 1..32000 characters.
        :param model: a name of :meth:`capabilities`; None for the connection's ``default_model``, then the server's.
        :param seconds: whole seconds of video; None leaves the length to the server.
        :param size: pixels, ``"1280x720"``; None leaves it to the server.
        :param input_reference: the picture to start from: a path, an address, or what ``load_reference`` returned.
        :param characters: ids of characters made before.
        :param extra_body: further fields of the request (``seed`` ...).
        :param idempotency_key: makes a repeat harmless on the few servers that honour it.
        :returns: the job, as a rule ``queued``; ask :meth:`get_video` until ``status.is_final``.
        :raises InvalidRequestError: refused here or by the server; nothing was paid.
        :raises AmbiguousSubmitError: the answer was lost; a job may exist and may be billed.
        :raises SoraError: another certain refusal; nothing was paid.
        """
        return self._paid(
            Submission(
                SubmitKind.CREATE,
                prompt,
                model=model,
                seconds=arguments.whole_seconds(seconds),
                size=size,
                reference=arguments.picture(input_reference, size),
                characters=tuple(characters),
                extra=extra_body or {},
            ),
            idempotency_key,
            read=input_reference,
        )

    def remix_video(
        self,
        video_id: str,
        prompt: str,
        *,
        extra_body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> VideoJob:
        """Check and send one remix of a finished video of this server. **Pays.**

        :param video_id: the source's id; :param prompt: the change, 1..32000 characters.
        :raises UnsupportedByServerError: this server has no remix; nothing was paid.
        :raises AmbiguousSubmitError: the answer was lost; a job may exist and may be billed.
        """
        source_id = arguments.checked_id("video_id", video_id)
        submission = Submission(SubmitKind.REMIX, prompt, source_id=source_id, extra=extra_body or {})
        return self._paid(submission, idempotency_key)

    def edit_video(
        self,
        prompt: str,
        *,
        video_id: str | None = None,
        video_file: bytes | str | os.PathLike[str] | None = None,
        model: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> VideoJob:
        """Check and send one edit. **Pays.**

        :param video_id: a finished video of this server, or
        :param video_file: an MP4 of your own, as bytes or as the path of a file; exactly one of the two.
        :raises UnsupportedByServerError: this server has no edits, or takes no file; nothing was paid.
        :raises AmbiguousSubmitError: the answer was lost; a job may exist and may be billed.
        """
        submission = Submission(
            SubmitKind.EDIT,
            prompt,
            model=model,
            source_id=None if video_id is None else arguments.checked_id("video_id", video_id),
            source_file=arguments.video_bytes(video_file),
            extra=extra_body or {},
        )
        return self._paid(submission, idempotency_key, read=video_file)

    def extend_video(
        self,
        prompt: str,
        seconds: int | str,
        *,
        video_id: str | None = None,
        video_file: bytes | str | os.PathLike[str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> VideoJob:
        """Check and send one extension by ``seconds``. **Pays.** Arguments and errors as for :meth:`edit_video`."""
        submission = Submission(
            SubmitKind.EXTEND,
            prompt,
            seconds=arguments.whole_seconds(seconds),
            source_id=None if video_id is None else arguments.checked_id("video_id", video_id),
            source_file=arguments.video_bytes(video_file),
            extra=extra_body or {},
        )
        return self._paid(submission, idempotency_key, read=video_file)

    def create_character(self, name: str, video: bytes, **extra: Any) -> dict[str, Any]:
        """Make a character from a video, to be named in later creates."""
        return self.get_conn().create_character(name, video, **extra)

    # Calls that cost nothing

    def get_character(self, character_id: str) -> dict[str, Any]:
        """Ask for a character."""
        return self.get_conn().get_character(character_id)

    def get_video(self, video_id: str) -> VideoJob:
        """Ask for a job. A failed job is returned as such, even where the server wraps it into an HTTP 500.

        :raises VideoNotFoundError: the server does not know the id (any more, or yet).
        :raises AuthenticationFailedError: 401 or 403.
        :raises ServerFaultError: an outage; safe to ask again.
        """
        video_id = arguments.checked_id("video_id", video_id)
        made = self._made
        if made is not None and made.id == video_id and "get" not in self.dialect.calls:
            return made
        return self.get_conn().get_video(video_id)

    def list_videos(self, limit: int | None = None, after: str | None = None, order: str | None = None) -> JobPage:
        """One page of the server's jobs.

        :param limit: jobs a page, 1..100 on most servers.
        :param after: ``page.last_id`` of the page before.
        :param order: ``desc`` (newest first) or ``asc``.
        """
        return self.get_conn().list_videos(limit, after, order)

    def cancel_video(self, video_id: str) -> VideoJob | None:
        """Stop a job, where the dialect has a call for it; None when the server says it is too late.

        :raises UnsupportedByServerError: there is no such call here; nothing was sent.
        """
        return self.get_conn().cancel_video(arguments.checked_id("video_id", video_id))

    def delete_video(self, video_id: str) -> bool:
        """Delete a video on the server; True when the server says it is gone."""
        return self.get_conn().delete_video(arguments.checked_id("video_id", video_id))

    def _paid(self, submission: Submission, idempotency_key: str | None, *, read: object = None) -> VideoJob:
        from airflow_provider_sora.hooks.noted import note_read

        self.check(submission)
        note_read(self, read)
        return self.submit(submission, idempotency_key=idempotency_key or str(uuid.uuid4()))

    def completed(self, submission: Submission) -> Submission:
        """The request with the connection's default model, where the call takes a model and none was named."""
        if submission.kind is not SubmitKind.CREATE:
            return submission
        return replace(submission, model=self.settings.model_or_default(submission.model))
