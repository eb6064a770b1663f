"""The operators for people's decisions: the question about a clip here, taking it back re-exported from its module."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.operators.shared.base import SoraOperatorBase, at_the_edge
from airflow_provider_sora.operators.withdraw import STORE, WithdrawVideoOperator, store_of
from airflow_provider_sora.review import announcing
from airflow_provider_sora.review.question import APPROVE, CHANGE_IT, REJECT
from airflow_provider_sora.tasks.questions.terms import check_default, check_reminder, due_at, time_left, with_words

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.tasks.questions.reviewing import Case

#: XCom key: how many decisions there were when the question was put.
_SEEN_KEY = "sora_seen"
#: XCom key: the due time, until a reminder was sent before it.
_DUE_KEY = "sora_due"
_ROUNDS = 3


class ReviewVideoOperator(SoraOperatorBase, HITLOperator):
    """Ask a person whether an archived clip may be published, and do what was answered.

    The task waits in Airflow's *Required Actions* without a slot (on 3.3; before, in the triggerer). **Approve** copies
    the clip within its store to ``approved/`` and announces it on ``Asset("sora_approved")``; **Reject** leaves it;
    **Change** leaves it, and XCom ``change`` holds what is to be different, for a
    :class:`~airflow_provider_sora.operators.video.RemixOperator` behind this task. Each answer is written once as
    ``decision-0001.json`` … beside the receipt. A clip about which was decided is not asked about again.

    **Approve** of a draft publishes nothing: it permits its final to be paid for by a
    :class:`~airflow_provider_sora.operators.final.FinalVideoOperator` behind this task.

    :param video: output of the task that archived the clip, or the address of its receipt. Templated.
    :param response_timeout: how long people have; None: for ever. Nothing is lost when it passes.
    :param defaults: what Airflow answers then: None leaves the clip undecided, ``"Reject"`` rejects it. No other
        word: nobody approves or pays by being absent.
    :param assigned_users: who may answer, as names or ``{"id": …, "name": …}``; None: who may act on the DAG.
    :param approvers: how many different people must approve, 1 or 2. Templated.
    :param requested_by: name of whoever had the clip made, who cannot be the only one to approve it. Templated.
    :param max_rounds: how often a clip may be changed, counted along its lineage. Templated.
    :param max_cost_usd: *Change* is not offered where a remix is estimated above it, or has no price, and neither is
        *Approve* of a draft by its final's price. Templated.
    :param ask_again: ask about a clip that was rejected or sent back in another task, too. Templated.
    :param final_conn_id: connection that makes the finals of drafts, for their price; None or blank is the one that
        made the draft. Templated.
    :param notifiers: Airflow notifiers, called when the question is put.
    :param reminders: Airflow notifiers, called when the due time has passed without an answer; with
        ``remind_after``, once before that, too, after so long.
    :param gcp_conn_id: of the archive, as ``impersonation_chain`` and ``storage_conn_id``. Templated.

    Returns the video's mapping with ``review``: ``state``, ``number``, ``round``, ``by``, ``at`` and, once approved,
    ``uri`` and ``publish_uri`` of the copy.

    :raises ConfigurationError: no archived video, or a default that only a person may choose.
    :raises DecisionRefusedError: somebody else decided otherwise. This answer published and paid nothing.
    :raises ForeignObjectError: the copy's place is taken.
    :raises ArchiveError: the store failed; the retry goes on with the answer that was given.
    """

    template_fields: Sequence[str] = (
        "video",
        "assigned_users",
        "approvers",
        "requested_by",
        "max_rounds",
        "max_cost_usd",
        "ask_again",
        "final_conn_id",
        *STORE,
    )
    ui_color = "#fff3d6"

    def __init__(
        self,
        *,
        video: Any,
        response_timeout: timedelta | None = None,
        defaults: str | None = None,
        assigned_users: Sequence[Any] | str | None = None,
        approvers: int | str = 1,
        requested_by: str | None = None,
        max_rounds: int | str = _ROUNDS,
        max_cost_usd: float | str | None = None,
        ask_again: bool = False,
        final_conn_id: str | None = None,
        notifiers: Any = None,
        reminders: Any = None,
        remind_after: timedelta | None = None,
        gcp_conn_id: str | None = None,
        impersonation_chain: str | Sequence[str] | None = None,
        storage_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        check_default(defaults)
        check_reminder(remind_after, response_timeout, reminders)
        kwargs["inlets"] = [*(kwargs.get("inlets") or []), announcing.asset(announcing.APPROVED)]
        kwargs["outlets"] = [*(kwargs.get("outlets") or []), announcing.outlet(announcing.APPROVED)]
        super().__init__(
            subject="Publish this video?",
            options=[APPROVE, REJECT, CHANGE_IT],
            defaults=defaults,
            params=with_words(kwargs.pop("params", None)),
            response_timeout=response_timeout,
            notifiers=notifiers,
            **kwargs,
        )
        self.video = video
        self.assigned_users = assigned_users  # type: ignore[assignment]
        self.approvers = approvers
        self.requested_by = requested_by
        self.max_rounds = max_rounds
        self.max_cost_usd = max_cost_usd
        self.ask_again = ask_again
        self.final_conn_id = final_conn_id
        self.reminders = reminders
        self.remind_after = remind_after
        self.gcp_conn_id = gcp_conn_id
        self.impersonation_chain = impersonation_chain
        self.storage_conn_id = storage_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.arguments import as_flag
        from airflow_provider_sora.compat import state_store
        from airflow_provider_sora.tasks.questions.reviewing import kept_answer, settle

        with at_the_edge():
            check_default(self.defaults)
            case = self._case(context)
            states = state_store(context)
            if (answer := kept_answer(case, states)) is not None:
                self.log.info("Going on with the answer of %s, which an earlier try could not write.", answer.who)
                settle(case, answer, states)
            if not case.is_open(ask_again=as_flag("ask_again", self.ask_again)):
                return self._end(context, case)
            self._put_question(context, case)
            self._wait_for_a_reminder(context)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Resumed with an answer, or when the due time has passed."""
        from airflow_provider_sora.compat import state_store
        from airflow_provider_sora.review.decisions import UNDECIDED
        from airflow_provider_sora.tasks.questions.reviewing import answer_of, misunderstood, settle

        with at_the_edge():
            if event.get("error_type", "timeout") != "timeout":
                self.process_trigger_event_error(event)
            case = self._case(context)
            if "error" in event and (due := self._reminder_due(context)):
                self._remind(f"Nobody has answered yet about {case.place.video_id}.", context)
                self._put_question(context, case)
                self.response_timeout = time_left(due)
                return super().execute(context)
            if "error" in event and self.defaults:
                # Airflow keeps the question as it was put first, and before a reminder that was without a default.
                event = {"chosen_options": self.defaults}
            seen = context["ti"].xcom_pull(task_ids=self.task_id, map_indexes=context["ti"].map_index, key=_SEEN_KEY)
            answer = answer_of(case, event, int(seen if seen is not None else len(case.trail.decisions)))
            if (problem := misunderstood(case, answer)) is not None:
                self.log.warning("%s The question is put again.", problem)
            else:
                settle(case, answer, state_store(context))
                if answer.state == UNDECIDED:
                    self._remind("The due time passed without an answer; the clip can be decided later.", context)
                if case.trail.lacks is None:
                    return self._end(context, case)
                self.log.info("%s", case.trail.lacks)
            self._put_question(context, case)
        return super().execute(context)

    def _case(self, context: Context) -> Case:
        from airflow_provider_sora.arguments import as_count, as_limit, as_number, as_text
        from airflow_provider_sora.review.place import open_place, read_trail
        from airflow_provider_sora.tasks.archiving.keeping import read_options
        from airflow_provider_sora.tasks.questions.archived_clip import receipt_uri_of
        from airflow_provider_sora.tasks.questions.reviewing import Case, Policy
        from airflow_provider_sora.tasks.running import running

        options = read_options(store_of(self))
        place = open_place(receipt_uri_of(self.video), options)
        approvers = as_count("approvers", self.approvers) or 1
        if approvers > 2:
            raise ConfigurationError(f"approvers must be 1 or 2, not {approvers}. Nobody was asked.")
        policy = Policy(
            approvers=approvers,
            requested_by=as_text("requested_by", self.requested_by),
            max_rounds=int(_ROUNDS if (most := as_number("max_rounds", self.max_rounds)) is None else most),
            max_cost_usd=as_limit("max_cost_usd", self.max_cost_usd),
        )
        return Case(running(self, context), place, read_trail(place), policy)

    def _put_question(self, context: Context, case: Case) -> None:
        from airflow_provider_sora.arguments import as_text, lenient
        from airflow_provider_sora.review import question
        from airflow_provider_sora.tasks.questions.asking import final_offer_of, links_of, offer_of, with_people

        offer, final = offer_of(case), final_offer_of(case, as_text("final_conn_id", lenient(self.final_conn_id)))
        self.subject = question.subject(case.place.receipt)
        self.body = question.body(case.place.receipt, case.trail, links_of(case.place), offer, final)
        self.options = question.options(offer, final)
        self.assigned_users = with_people(self.assigned_users)  # type: ignore[assignment]
        context["ti"].xcom_push(key=_SEEN_KEY, value=len(case.trail.decisions))

    def _end(self, context: Context, case: Case) -> dict[str, Any]:
        from airflow_provider_sora.tasks.questions.reviewing import FINAL_KEY, change_of, conclude, final_destination_of

        for key, value in {**change_of(case), FINAL_KEY: final_destination_of(case)}.items():
            context["ti"].xcom_push(key=key, value=value)
        return conclude(case)

    def _wait_for_a_reminder(self, context: Context) -> None:
        """The first wait ends when it is time to remind, without an answer; only the second one at the due time."""
        if self.remind_after is not None:
            due = due_at(self.response_timeout)
            self.response_timeout, self.defaults = self.remind_after, None
            context["ti"].xcom_push(key=_DUE_KEY, value=due)

    def _reminder_due(self, context: Context) -> Any:
        """The due time, as long as the reminder before it has not been sent."""
        ti = context["ti"]
        due = ti.xcom_pull(task_ids=self.task_id, map_indexes=ti.map_index, key=_DUE_KEY)
        ti.xcom_push(key=_DUE_KEY, value="")
        return due

    def _remind(self, why: str, context: Context) -> None:
        self.log.warning("%s It stays where it is.", why)
        called = self.reminders if isinstance(self.reminders, Sequence) else [self.reminders]
        for notifier in filter(None, called):
            notifier(context)


__all__ = ["ReviewVideoOperator", "WithdrawVideoOperator"]
