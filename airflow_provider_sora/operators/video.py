"""Operators that make videos from a prompt, a picture or another video, and one that deletes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.links.video import ArchivedVideoLink
from airflow_provider_sora.operators.arguments import as_ids, as_mapping, as_seconds, as_text
from airflow_provider_sora.operators.base import SoraOperatorBase, at_the_edge
from airflow_provider_sora.operators.submit import SoraSubmitOperator
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
from airflow_provider_sora.record import VideoRecord, read_record

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.hooks.sora import SoraHook


class CreateVideoOperator(SoraSubmitOperator):
    """Make a video from a prompt and, optionally, a picture as its first frame.

    :param model: model name; None takes the connection's ``default_model``, else the server's own. Templated.
    :param seconds: whole seconds of video; None leaves the length to the server. Templated.
    :param size: ``"1280x720"`` and the like; None leaves it to the server. Templated.
    :param input_reference: a picture: local path, ``gs://`` or any ObjectStoragePath URL, ``https://``, a data URL,
        or the id of an uploaded file. Checked before anything is paid. Templated.
    :param reference_fit: ``exact`` refuses a picture of another size than ``size``, ``cover`` crops it,
        ``contain`` pads it with ``pad_color``. Templated.
    :param pad_color: colour for padding and for flattening transparency. Templated.
    :param reference_conn_id: Airflow connection for a picture in an object store. Templated.
    :param allow_private_hosts: allow ``input_reference`` addresses in private networks.
    :param characters: up to two ids of characters made before, where the server has them. Templated.

    Everything else: :class:`~airflow_provider_sora.operators.submit.SoraSubmitOperator`.
    """

    template_fields: Sequence[str] = (
        *SoraSubmitOperator.template_fields,
        "model",
        "seconds",
        "size",
        "input_reference",
        "reference_fit",
        "pad_color",
        "reference_conn_id",
        "characters",
    )
    operator_extra_links = (ArchivedVideoLink(),)

    def __init__(
        self,
        *,
        model: str | None = None,
        seconds: int | str | None = None,
        size: str | None = None,
        input_reference: str | None = None,
        reference_fit: str = "exact",
        pad_color: str = "#000000",
        reference_conn_id: str | None = None,
        allow_private_hosts: bool = False,
        characters: Sequence[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.seconds = seconds
        self.size = size
        self.input_reference = input_reference
        self.reference_fit = reference_fit
        self.pad_color = pad_color
        self.reference_conn_id = reference_conn_id
        self.allow_private_hosts = allow_private_hosts
        self.characters = characters

    def source_record(self) -> VideoRecord | None:
        return None

    def build_submission(self, hook: SoraHook, source: VideoRecord | None) -> Submission:
        size = as_text(self.size)
        return Submission(
            kind=SubmitKind.CREATE,
            prompt=str(self.prompt or ""),
            model=as_text(self.model) or hook.settings.default_model,
            seconds=as_seconds(self.seconds),
            size=size,
            reference=self._reference(size),
            characters=as_ids("characters", self.characters),
            extra=as_mapping("extra_body", self.extra_body),
        )

    def _reference(self, size: str | None) -> Reference | None:
        source = as_text(self.input_reference)
        if source is None:
            return None
        from airflow_provider_sora.reference import load_reference

        return load_reference(
            source,
            size=size,
            fit=self.reference_fit,
            pad_color=self.pad_color,
            allow_private_hosts=self.allow_private_hosts,
            conn_id=as_text(self.reference_conn_id),
        )


class _FromVideoOperator(SoraSubmitOperator):
    """Base of the operators that start from a video.

    :param video: the XCom mapping of the task that made it (``create.output``), or a bare id. Templated.
        With a mapping, its connection is used; naming another one is an error before anything is paid.
    """

    template_fields: Sequence[str] = (*SoraSubmitOperator.template_fields, "video")
    operator_extra_links = (ArchivedVideoLink(),)
    kind: SubmitKind

    def __init__(self, *, video: Mapping[str, Any] | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.video = video

    def source_record(self) -> VideoRecord | None:
        return read_record(self.video)

    def build_submission(self, hook: SoraHook, source: VideoRecord | None) -> Submission:
        return Submission(
            kind=self.kind,
            prompt=str(self.prompt or ""),
            source_id=source.video_id if source else None,
            extra=as_mapping("extra_body", self.extra_body),
        )


class RemixOperator(_FromVideoOperator):
    """Make a variant of a video with one change; the new video keeps the source's model, length and size.

    :param prompt: the change, for example "colder light". One clear change works best. Templated.
    :param video: the source. Templated.

    Everything else: :class:`~airflow_provider_sora.operators.submit.SoraSubmitOperator`.
    """

    kind = SubmitKind.REMIX


class EditVideoOperator(_FromVideoOperator):
    """Edit a video by prompt, where the server has edits.

    :param prompt: the edit. Templated.
    :param video: the source. Templated.

    Everything else: :class:`~airflow_provider_sora.operators.submit.SoraSubmitOperator`.
    """

    kind = SubmitKind.EDIT


class ExtendVideoOperator(_FromVideoOperator):
    """Make a video longer, where the server has extensions; the result is the whole, stitched video.

    :param prompt: what happens next. Templated.
    :param seconds: whole seconds to add. Templated.
    :param video: the source. Templated.

    Everything else: :class:`~airflow_provider_sora.operators.submit.SoraSubmitOperator`.
    """

    template_fields: Sequence[str] = (*_FromVideoOperator.template_fields, "seconds")
    kind = SubmitKind.EXTEND

    def __init__(self, *, seconds: int | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seconds = seconds

    def build_submission(self, hook: SoraHook, source: VideoRecord | None) -> Submission:
        seconds = as_seconds(self.seconds)
        if seconds is None:
            raise ConfigurationError("seconds must say how much to add to the video. Nothing was paid.")
        return Submission(
            kind=self.kind,
            prompt=str(self.prompt or ""),
            seconds=seconds,
            source_id=source.video_id if source else None,
            extra=as_mapping("extra_body", self.extra_body),
        )


class DeleteVideoOperator(SoraOperatorBase):
    """Delete a video from its server; the archive is not touched. Deleting does not refund anything.

    :param video: the XCom mapping of the task that made it, or a bare id. Templated.
    :param sora_conn_id: only needed with a bare id. Templated.
    :param missing_ok: a video that the server does not know (any more) counts as deleted.

    Returns ``{"video_id": …, "deleted": true}``.
    """

    template_fields: Sequence[str] = ("video", "sora_conn_id")

    def __init__(
        self,
        *,
        video: Mapping[str, Any] | str,
        sora_conn_id: str | None = None,
        missing_ok: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.video = video
        self.sora_conn_id = sora_conn_id
        self.missing_ok = missing_ok

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.exceptions import VideoNotFoundError
        from airflow_provider_sora.hooks.sora import SoraHook

        with at_the_edge():
            record = read_record(self.video)
            hook = SoraHook(record.sora_conn_id or as_text(self.sora_conn_id) or "sora_default")
            try:
                hook.delete_video(record.video_id)
            except VideoNotFoundError:
                if not self.missing_ok:
                    raise
                self.log.info("Video %s is not on the server (any more).", record.video_id)
            return {"video_id": record.video_id, "deleted": True}
