"""The hook: an Airflow connection made into calls of the Videos API."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from airflow_provider_sora.exceptions import ContentError
from airflow_provider_sora.hooks.base import SoraConnectionHook
from airflow_provider_sora.protocol.content import ContentStream
from airflow_provider_sora.protocol.job import JobPage, VideoJob
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind

#: A video read into memory whole (``download_content``) may be this large.
MAX_DOWNLOAD = 1 << 30


class SoraHook(SoraConnectionHook):
    """Speak to the server of a ``sora`` connection.

    Nothing is opened, asked or imported until the first call; the hook may be made outside a task. Threads
    may share it. Errors are those of :mod:`airflow_provider_sora.exceptions`; no call is ever repeated here.

    :param sora_conn_id: id of the connection.
    """

    def __init__(self, sora_conn_id: str = SoraConnectionHook.default_conn_name, **kwargs: Any) -> None:
        super().__init__(sora_conn_id, **kwargs)
        self._made: VideoJob | None = None
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

        submission = self._completed(submission)
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
        self._made = self.get_conn().submit(self._completed(submission), idempotency_key, before)
        return self._made

    def create_video(
        self,
        prompt: str,
        *,
        model: str | None = None,
        seconds: int | None = None,
        size: str | None = None,
        input_reference: Reference | None = None,
        characters: Collection[str] = (),
        extra_body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> VideoJob:
        """Check and send one create. Without a ledger: a task that dies right after it has no way back to the job."""
        return self._paid(
            Submission(
                SubmitKind.CREATE,
                prompt,
                model=model,
                seconds=seconds,
                size=size,
                reference=input_reference,
                characters=tuple(characters),
                extra=extra_body or {},
            ),
            idempotency_key,
        )

    def remix_video(
        self,
        video_id: str,
        prompt: str,
        *,
        extra_body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> VideoJob:
        """Check and send one remix of a video made on this server."""
        submission = Submission(SubmitKind.REMIX, prompt, source_id=video_id, extra=extra_body or {})
        return self._paid(submission, idempotency_key)

    def edit_video(
        self,
        prompt: str,
        *,
        video_id: str | None = None,
        video_file: bytes | None = None,
        model: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> VideoJob:
        """Check and send one edit, of a video made on this server or of an MP4 of one's own."""
        submission = Submission(
            SubmitKind.EDIT, prompt, model=model, source_id=video_id, source_file=video_file, extra=extra_body or {}
        )
        return self._paid(submission, idempotency_key)

    def extend_video(
        self,
        prompt: str,
        seconds: int,
        *,
        video_id: str | None = None,
        video_file: bytes | None = None,
        extra_body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> VideoJob:
        """Check and send one extension by ``seconds``."""
        submission = Submission(
            SubmitKind.EXTEND,
            prompt,
            seconds=seconds,
            source_id=video_id,
            source_file=video_file,
            extra=extra_body or {},
        )
        return self._paid(submission, idempotency_key)

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
        made = self._made
        if made is not None and made.id == video_id and "get" not in self.dialect.calls:
            return made
        return self.get_conn().get_video(video_id)

    def list_videos(self, limit: int | None = None, after: str | None = None, order: str | None = None) -> JobPage:
        """One page of the server's jobs, newest first unless ``order`` is ``asc``."""
        return self.get_conn().list_videos(limit, after, order)

    def cancel_video(self, video_id: str) -> VideoJob | None:
        """Stop a job, where the dialect has a call for it; None when the server says it is too late.

        :raises UnsupportedByServerError: there is no such call here; nothing was sent.
        """
        return self.get_conn().cancel_video(video_id)

    def delete_video(self, video_id: str) -> bool:
        """Delete a video on the server; True when the server says it is gone."""
        return self.get_conn().delete_video(video_id)

    @contextmanager
    def open_content(
        self, video_id: str, *, variant: str | None = None, offset: int = 0, etag: str | None = None
    ) -> Iterator[ContentStream]:
        """Open a finished video's bytes, or a still's; see :class:`~..protocol.content.ContentSource`."""
        from airflow_provider_sora.protocol.download import open_content

        made = self._made if self._made is not None and self._made.id == video_id else None
        with open_content(
            self.get_conn(), video_id, variant=variant, offset=offset, etag=etag, made_here=made
        ) as stream:
            yield stream

    def download_content(self, video_id: str, variant: str | None = None) -> bytes:
        """A video or still as bytes in memory; ``open_content`` for anything large.

        :raises ContentError: the transfer broke, or there is more than 1 GiB.
        """
        body = bytearray()
        with self.open_content(video_id, variant=variant) as stream:
            for piece in stream.iter_bytes():
                body += piece
                if len(body) > MAX_DOWNLOAD:
                    raise ContentError("The video is larger than 1 GiB. Next: use open_content.", video_id=video_id)
            if stream.total is not None and len(body) != stream.total:
                raise ContentError(f"Only {len(body)} of {stream.total} bytes came.", video_id=video_id)
        return bytes(body)

    def _paid(self, submission: Submission, idempotency_key: str | None) -> VideoJob:
        self.check(submission)
        return self.submit(submission, idempotency_key=idempotency_key or str(uuid.uuid4()))

    def _completed(self, submission: Submission) -> Submission:
        """The connection's default model, where the call takes a model and none was named."""
        if submission.model is None and self.settings.default_model and submission.kind is SubmitKind.CREATE:
            return replace(submission, model=self.settings.default_model)
        return submission
