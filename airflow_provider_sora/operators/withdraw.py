"""The operator that takes back what was approved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.operators.shared.base import SoraOperatorBase, at_the_edge
from airflow_provider_sora.review import announcing

if TYPE_CHECKING:
    from airflow.sdk import Context

#: Arguments that open the archive's store.
STORE = ("gcp_conn_id", "impersonation_chain", "storage_conn_id")


def store_of(operator: Any) -> dict[str, Any]:
    """The rendered arguments by which the clip's store is opened, as every archiving operator gives them."""
    return {
        "gcp_conn_id": operator.gcp_conn_id,
        "impersonation_chain": operator.impersonation_chain,
        "archive_options": {"storage_conn_id": operator.storage_conn_id},
    }


class WithdrawVideoOperator(SoraOperatorBase):
    """Take back an approved clip: a decision in its trail, its copy removed or kept, and an event.

    :param video: as for the review; the clip's receipt, not the copy's. Templated.
    :param by: name of the person who takes it back. Templated.
    :param why: that person's words. Templated.

    ``[sora] withdrawn`` says what becomes of the copy: ``remove``, or ``keep`` all but ``publish.json``. Announced on
    ``Asset("sora_withdrawn")``. Returns the video's mapping with ``review``. Done again, it does what was left undone.

    :raises ConfigurationError: nobody is named, or it is no archived video.
    :raises DecisionRefusedError: it is not approved. Nothing was removed.
    """

    template_fields: Sequence[str] = ("video", "by", "why", *STORE)
    ui_color = "#fff3d6"

    def __init__(
        self,
        *,
        video: Any,
        by: str,
        why: str,
        gcp_conn_id: str | None = None,
        impersonation_chain: str | Sequence[str] | None = None,
        storage_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["inlets"] = [*(kwargs.get("inlets") or []), announcing.asset(announcing.WITHDRAWN)]
        kwargs["outlets"] = [*(kwargs.get("outlets") or []), announcing.outlet(announcing.WITHDRAWN)]
        super().__init__(**kwargs)
        self.video = video
        self.by = by
        self.why = why
        self.gcp_conn_id = gcp_conn_id
        self.impersonation_chain = impersonation_chain
        self.storage_conn_id = storage_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.arguments import as_text
        from airflow_provider_sora.review.place import open_place
        from airflow_provider_sora.tasks.archiving.keeping import read_options
        from airflow_provider_sora.tasks.questions.archived_clip import receipt_uri_of
        from airflow_provider_sora.tasks.questions.withdrawing import withdraw
        from airflow_provider_sora.tasks.running import running

        with at_the_edge():
            by = as_text("by", self.by)
            if by is None:
                raise ConfigurationError("by is not set: a withdrawal names a person. Nothing was removed.")
            options = read_options(store_of(self))
            place = open_place(receipt_uri_of(self.video), options)
            return withdraw(running(self, context), place, by, as_text("why", self.why) or "")
