"""Operators that make a video from another one: remix, edit, extend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.links.video import ArchivedVideoLink
from airflow_provider_sora.operators.shared.base import REFERENCE, TakesFormerReference
from airflow_provider_sora.operators.shared.submit import SoraSubmitOperator
from airflow_provider_sora.protocol.submission import Submission, SubmitKind

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.tasks.terms import Terms


class _FromVideoOperator(SoraSubmitOperator):
    """Base of the operators that start from a video.

    :param video: the XCom mapping of the task that made it (``create.output``), or a bare id. Templated.
        With a mapping, its connection is used; naming another one is an error before anything is paid.
    """

    template_fields: Sequence[str] = (*SoraSubmitOperator.template_fields, "video")
    operator_extra_links = (ArchivedVideoLink(),)

    def __init__(self, *, video: Mapping[str, Any] | str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.video = video

    def build_submission(self, terms: Terms, hook: SoraHook) -> Submission:
        return Submission(
            kind=self.kind,
            prompt=terms.prompt,
            source_id=terms.source.video_id if terms.source else None,
            extra=terms.extra_body,
        )


class RemixOperator(TakesFormerReference, _FromVideoOperator):
    """Make a variant of a video with one change; the new video keeps the source's model, length and size.

    :param prompt: the change, for example "colder light". One clear change works best. Templated.
    :param video: the source. Templated.
    :param variant_fallback: what to do on a server that has no remix, or turns out to have none when it is asked for
        one (that costs nothing): ``"fail"`` (or None), or ``"recreate"``, which pays for a new video from the source's
        prompt plus the change. It is recorded as such and looks like its source only as far as prompt and picture fix
        it. Templated.
    :param input_reference: the source's picture, needed again when ``recreate`` imitates a video that had one.
        Templated.
    :param reference_options: how that picture is read and fitted, as for the create. Templated.

    Everything else: :class:`~airflow_provider_sora.operators.shared.submit.SoraSubmitOperator`.
    """

    template_fields: Sequence[str] = (
        *_FromVideoOperator.template_fields,
        "variant_fallback",
        "input_reference",
        "reference_options",
        *REFERENCE,
    )
    kind = SubmitKind.REMIX

    def __init__(
        self,
        *,
        variant_fallback: str | None = None,
        input_reference: str | None = None,
        reference_options: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.variant_fallback = variant_fallback
        self.input_reference = input_reference
        self.reference_options = reference_options

    def build_submission(self, terms: Terms, hook: SoraHook) -> Submission:
        from airflow_provider_sora.arguments import as_seconds, as_text
        from airflow_provider_sora.tasks.paying.pictures import load_picture

        source, fallback = terms.source, terms.variant_fallback
        if source is None or fallback != "recreate" or hook.dialect.remix_call is not None:
            return super().build_submission(terms, hook)
        asked = source.requested
        if not asked.get("prompt"):
            raise ConfigurationError(
                f"variant_fallback='recreate' needs the prompt of video {source.video_id}, but only its id is known.",
                step="pass the output of the task that made it.",
            )
        if asked.get("input_reference") and terms.picture is None:
            raise ConfigurationError(
                f"Video {source.video_id} started from a picture; variant_fallback='recreate' needs it again.",
                step="pass the same input_reference to this task.",
            )
        size = as_text("size", asked.get("size"))
        self.log.warning("%s has no remix; recreating video %s with the change.", hook.server_name, source.video_id)
        return Submission(
            kind=SubmitKind.CREATE,
            prompt=f"{asked['prompt'].rstrip()}\n{terms.prompt.strip()}",
            model=as_text("model", asked.get("model")),
            seconds=as_seconds(asked.get("seconds")),
            size=size,
            reference=load_picture(terms.picture, size),
            variant_of=source.video_id,
            extra=terms.extra_body or dict(asked.get("extra_body") or {}),
        )


class _FromVideoOrFileOperator(_FromVideoOperator):
    """Base of the operators that also take an MP4 of the user's own.

    :param video_file: path, ``gs://``, any ObjectStoragePath URL or ``https://`` address of an MP4 to start from
        instead of ``video``, where the server takes uploads; at most 512 MB, checked to be whole. Templated.
    """

    template_fields: Sequence[str] = (*_FromVideoOperator.template_fields, "video_file")

    def __init__(
        self, *, video: Mapping[str, Any] | str | None = None, video_file: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(video=video, **kwargs)
        self.video_file = video_file

    def build_submission(self, terms: Terms, hook: SoraHook) -> Submission:
        from airflow_provider_sora.tasks.paying.pictures import load_video

        return replace(super().build_submission(terms, hook), source_file=load_video(terms.video_file))


class EditVideoOperator(_FromVideoOrFileOperator):
    """Edit a video by prompt, where the server has edits.

    :param prompt: the edit. Templated.
    :param video: the source. Templated.
    :param video_file: an MP4 of the user's own as source. Templated.

    Everything else: :class:`~airflow_provider_sora.operators.shared.submit.SoraSubmitOperator`.
    """

    kind = SubmitKind.EDIT


class ExtendVideoOperator(_FromVideoOrFileOperator):
    """Make a video longer, where the server has extensions; the result is the whole, stitched video.

    :param prompt: what happens next. Templated.
    :param seconds: whole seconds to add. Templated.
    :param video: the source. Templated.
    :param video_file: an MP4 of the user's own as source. Templated.

    Everything else: :class:`~airflow_provider_sora.operators.shared.submit.SoraSubmitOperator`.
    """

    template_fields: Sequence[str] = (*_FromVideoOrFileOperator.template_fields, "seconds")
    kind = SubmitKind.EXTEND

    def __init__(self, *, seconds: int | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seconds = seconds

    def build_submission(self, terms: Terms, hook: SoraHook) -> Submission:
        if terms.seconds is None:
            raise ConfigurationError("seconds must say how much to add to the video.")
        return replace(super().build_submission(terms, hook), seconds=terms.seconds)
