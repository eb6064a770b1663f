"""The operator that deletes a video from its server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.operators.shared.base import SoraOperatorBase, at_the_edge

if TYPE_CHECKING:
    from airflow.sdk import Context


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
        from airflow_provider_sora.arguments import as_flag, as_text
        from airflow_provider_sora.exceptions import ServerFaultError, VideoNotFoundError
        from airflow_provider_sora.hooks.sora import SoraHook
        from airflow_provider_sora.record import read_record
        from airflow_provider_sora.tasks.parent_connection import connection_for

        with at_the_edge():
            missing_ok = as_flag("missing_ok", self.missing_ok)
            record = read_record(self.video)
            hook = SoraHook(connection_for(as_text("sora_conn_id", self.sora_conn_id), record))
            try:
                gone = hook.delete_video(record.video_id)
            except VideoNotFoundError:
                if not missing_ok:
                    raise
                self.log.info("Video %s is not on the server (any more).", record.video_id)
                gone = True
            if not gone:
                raise ServerFaultError(
                    f"{hook.server_name} answered, but did not say that video {record.video_id} is deleted.",
                    step="a retry asks again.",
                    video_id=record.video_id,
                )
            does = hook.dialect.delete_semantics
            if does != "unknown":
                self.log.info("DELETE on this server, %s: %s.", hook.server_name, does)
            return {"video_id": record.video_id, "deleted": True}
