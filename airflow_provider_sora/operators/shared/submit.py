"""The shared course of the four paying operators: check, pay once, wait, note, archive.

Sync and deferrable differ only in how they wait.
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from airflow.sdk import conf

from airflow_provider_sora.operators.shared.base import SoraOperatorBase, TellsLineage, at_the_edge
from airflow_provider_sora.protocol.submission import Submission, SubmitKind

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.jobs.ledger import Ledger
    from airflow_provider_sora.tasks.terms import Terms


class SoraSubmitOperator(TellsLineage, SoraOperatorBase):
    """Base of the operators that pay for a video.

    A template that renders blank is refused by name before anything is paid; None means "not set".

    :param prompt: what to show, 1..32000 characters. Templated. Must render equally on every try.
    :param sora_conn_id: connection of the server. Templated.
    :param extra_body: further fields of the request (``seed``, ``negative_prompt`` …). Templated.
    :param labels: the user's own keys (sku, market, guid …), carried to XCom, receipt and object metadata. Templated.
    :param wait_for_completion: False returns as soon as the job is accepted; wait for it elsewhere.
    :param deferrable: wait in the triggerer instead of on the worker.
    :param poll_interval: seconds between two looks at the job.
    :param first_poll_after: seconds before the triggerer's first look; None chooses 10 (0 under ``dag.test()``).
    :param timeout: seconds from submit until the wait ends; the job is then left in place. Retries do not stretch it.
        Also how long a server that takes no more jobs for now (429, or what its dialect calls so) is asked again.
    :param durable: keep the paid job in Airflow's task state store so that a retry finds it (Airflow 3.3).
    :param item_key: the user's own name for the item, where two items of a mapped task may ask for the very same
        video. Without it an item is known by its request. Templated.
    :param on_ambiguous_submit: when a paid request's answer was lost: ``adopt_or_fail`` looks for the job and stops
        where it is not found, ``resubmit_if_absent`` pays again then if another job of ours shows that the server's
        list tells the truth, ``fail`` stops at once, ``resubmit`` may pay twice. Templated.
    :param ambiguous_settle: seconds, at least, before the search for a lost job ends.
    :param on_change: an automatic retry that renders another request: ``fail`` without paying, or ``new``.
    :param on_clear: a cleared task whose video exists: ``reuse`` it, or ``new`` pays for another.
    :param max_cost_usd: refuse before paying when the estimate is above it, or unknown; ``"unlimited"`` is no limit.
        Templated.
    :param max_jobs: how many jobs its tries may pay for, failed ones too; a clear pays for one more. Templated.
    :param on_mismatch: the video differs from what was asked: ``warn``, ``fail`` or ``ignore``.
    :param on_refusal: the server's content policy refuses prompt or picture: ``fail``, or ``skip`` the task and what
        hangs on it. Either way the XCom ``sora_refusal`` says why. Nothing else is a refusal. Templated.
    :param cancel_on_kill: cancel an unfinished job when a user kills, clears or marks this task, where the
        server has a cancel call. Nothing is ever deleted, and an ``execution_timeout`` is no kill.
    :param destination: archive the finished video under this prefix at once; None leaves that to
        :class:`~airflow_provider_sora.operators.archive.ArchiveVideoOperator`. Templated.
    :param gcp_conn_id: Google connection for ``gs://``; None uses application default credentials. Templated.
    :param impersonation_chain: Google service account(s) to impersonate. Templated.
    :param archive_options: further settings of that archive by name, those of
        :class:`~airflow_provider_sora.stores.options.ArchiveOptions`. A mapping or JSON text. Templated.

    Returns the video's XCom mapping (:class:`~airflow_provider_sora.record.VideoRecord`).
    """

    template_fields: Sequence[str] = (
        "prompt",
        "sora_conn_id",
        "extra_body",
        "labels",
        "poll_interval",
        "first_poll_after",
        "timeout",
        "item_key",
        "on_ambiguous_submit",
        "ambiguous_settle",
        "on_change",
        "on_clear",
        "max_cost_usd",
        "max_jobs",
        "on_mismatch",
        "on_refusal",
        "destination",
        "gcp_conn_id",
        "impersonation_chain",
        "archive_options",
    )
    template_fields_renderers = {"prompt": "txt", "extra_body": "json", "labels": "json"}
    ui_color = "#efe6ff"
    #: Marks the tasks whose jobs are counted, also where only their class is at hand.
    pays_for_videos = True
    #: The prompt is made of private data.
    discreet = False
    kind: SubmitKind
    #: The job that this process waits for, and through what, once it is known; for a kill.
    held: tuple[SoraHook, str] | None = None

    def __init__(
        self,
        *,
        prompt: str,
        sora_conn_id: str | None = None,
        extra_body: Mapping[str, Any] | str | None = None,
        labels: Mapping[str, Any] | str | None = None,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        poll_interval: float | str = 15,
        first_poll_after: float | str | None = None,
        timeout: float | str = 3600,
        durable: bool = True,
        item_key: str | None = None,
        on_ambiguous_submit: str = "adopt_or_fail",
        ambiguous_settle: float = 120,
        on_change: str = "fail",
        on_clear: str = "reuse",
        max_cost_usd: float | str | None = None,
        max_jobs: int | str | None = None,
        on_mismatch: str = "warn",
        on_refusal: str = "fail",
        cancel_on_kill: bool = False,
        destination: str | None = None,
        gcp_conn_id: str | None = None,
        impersonation_chain: str | Sequence[str] | None = None,
        archive_options: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.prompt = prompt
        self.sora_conn_id = sora_conn_id
        self.extra_body = extra_body
        self.labels = labels
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.first_poll_after = first_poll_after
        self.timeout = timeout
        self.durable = durable
        self.item_key = item_key
        self.on_ambiguous_submit = on_ambiguous_submit
        self.ambiguous_settle = ambiguous_settle
        self.on_change = on_change
        self.on_clear = on_clear
        self.max_cost_usd = max_cost_usd
        self.max_jobs = max_jobs
        self.on_mismatch = on_mismatch
        self.on_refusal = on_refusal
        self.cancel_on_kill = cancel_on_kill
        self.destination = destination
        self.gcp_conn_id = gcp_conn_id
        self.impersonation_chain = impersonation_chain
        self.archive_options = archive_options

    @abstractmethod
    def build_submission(self, terms: Terms, hook: SoraHook) -> Submission:
        """The request as this server is to get it; loads picture or file. Raises before anything is paid."""

    def settle_request(self, context: Context, ledger: Ledger) -> None:
        """For operators whose arguments are known only once they run: before they are judged, and before paying.

        :param ledger: the task's record, which says whether they are still those of a job that is paid for.
        """

    def recall_request(self, context: Context, ledger: Ledger) -> None:
        """The same after a wait in the triggerer, where the arguments are those of the job."""

    def execute(self, context: Context) -> dict[str, Any]:
        # Loaded where a task runs: every parse of a DAG file would pay for it otherwise.
        from airflow_provider_sora.operators.shared.course import submit_and_wait

        with at_the_edge(), self._refusals(context):
            return submit_and_wait(self, context)

    def execute_in_turn(
        self, context: Context, event: Any = None, asked_at: float | None = None, refused: int = 0
    ) -> dict[str, Any]:
        """Once more, after a wait for a server that took no more jobs; the try is still the same."""
        from airflow_provider_sora.jobs.turn import Turn
        from airflow_provider_sora.operators.shared.course import submit_and_wait

        with at_the_edge(), self._refusals(context):
            return submit_and_wait(self, context, Turn(asked_at, refused))

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """Resumed after the wait in the triggerer."""
        from airflow_provider_sora.operators.shared.course import resume

        with at_the_edge(), self._refusals(context):
            return resume(self, context, event)

    def _refusals(self, context: Context) -> AbstractContextManager[None]:
        from airflow_provider_sora.tasks.on_refusal import acting_on_refusal

        # Asked when it is needed: a decorated function may answer it.
        return acting_on_refusal(context, lambda: self.on_refusal, self.log)

    def on_kill(self) -> None:
        """A kill of the waiting worker: cancels only where asked, and only an unfinished job.

        Airflow calls this for an ``execution_timeout`` too. Nobody killed anything then: the job is left in place for
        the retry, which goes on with it instead of paying for another.
        """
        from airflow.sdk.exceptions import AirflowTaskTimeout

        if self.held is None:
            return
        hook, video_id = self.held
        if isinstance(sys.exception(), AirflowTaskTimeout):
            self.log.warning("Job %s was left in place; a retry goes on with it.", video_id)
        elif self.cancel_on_kill:
            from airflow_provider_sora.tasks.ending import cancel_if_unfinished

            cancel_if_unfinished(hook, video_id, self.log)
