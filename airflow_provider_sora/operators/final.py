"""The operator that makes an approved draft again, with the final model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.operators.shared.base import at_the_edge
from airflow_provider_sora.operators.video import CreateVideoOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.protocol.submission import Submission
    from airflow_provider_sora.review.place import Place
    from airflow_provider_sora.runs.finals import Final
    from airflow_provider_sora.tasks.terms import Terms


class FinalVideoOperator(CreateVideoOperator):
    """Pay for the final of an approved draft: same prompt, picture, length, size and seed, but its final model.

    Prompt, model and picture come from the run that made the draft, so they are not given here. Skipped where the
    clip is no draft, or is not approved. The final lands beside its draft and is not approved by it: it is a clip
    like any other, to be archived and asked about. The final of a scene that continues from another starts on the last
    frame of that one's final, and waits for it, up to ``timeout``.

    :param draft: output of the :class:`~airflow_provider_sora.operators.review.ReviewVideoOperator` of this run, and of
        this map index, that asked about the draft. Templated.
    :param sora_conn_id: connection that makes it; None or blank takes the one that made the draft. Templated.
    :param archive_options: how the draft's archive is read, and, with ``destination``, how the final is kept.
        Templated.

    Everything else: :class:`~airflow_provider_sora.operators.shared.submit.SoraSubmitOperator`.

    :raises DecisionRefusedError: the draft is no longer approved, its item has changed since, or an earlier approval
        in another run permitted the final. Nothing was paid; a job that was paid for before goes on.
    :raises ConfigurationError: what the draft was made by cannot be found, or its picture is another now.
    """

    template_fields: Sequence[str] = (*CreateVideoOperator.template_fields, "draft")
    #: What is asked for, once a try has looked.
    final: Final | None = None
    place: Place | None = None

    def __init__(self, *, draft: Any, prompt: str = "", **kwargs: Any) -> None:
        super().__init__(prompt=prompt, **kwargs)
        self.draft = draft

    def execute(self, context: Context) -> dict[str, Any]:
        with at_the_edge():
            self._look(context)
        return super().execute(context)

    def execute_in_turn(
        self, context: Context, event: Any = None, asked_at: float | None = None, refused: int = 0
    ) -> dict[str, Any]:
        with at_the_edge():
            self._look(context)
        return super().execute_in_turn(context, event, asked_at, refused)

    def build_submission(self, terms: Terms, hook: SoraHook) -> Submission:
        from dataclasses import replace

        submission, final = super().build_submission(terms, hook), self.final
        if final is None or self.place is None:
            raise ConfigurationError("What the draft was made by was not looked up.")
        if final.after is not None:
            from airflow_provider_sora.runs.films.final_beginnings import beginning_of
            from airflow_provider_sora.tasks.archiving.keeping import read_options

            beginning = beginning_of(self.place, final, read_options(vars(self)))
            return replace(submission, final_of=final.draft_id, reference=beginning)
        sent = submission.reference.sha256 if submission.reference else None
        if sent != final.photo_sha256:
            raise ConfigurationError(
                f"The picture of draft {final.draft_id} is another now than the one that it was made from.",
                step="have the item made again with its new picture",
            )
        return replace(submission, final_of=final.draft_id)

    def _look(self, context: Context) -> None:
        """Look up what is to be asked for, and whether it may be paid for, where it is not already."""
        from airflow.sdk.exceptions import AirflowSkipException

        from airflow_provider_sora.arguments import lenient
        from airflow_provider_sora.jobs.ledger import COMPLETED, INTENT, SUBMITTED
        from airflow_provider_sora.review.place import open_place, read_trail
        from airflow_provider_sora.runs.finals import check_current, check_permitted, final_of
        from airflow_provider_sora.tasks.archiving.keeping import read_options
        from airflow_provider_sora.tasks.paying.obtaining import ledger_of
        from airflow_provider_sora.tasks.questions.archived_clip import receipt_uri_of
        from airflow_provider_sora.tasks.running import running

        review = self.draft.get("review") if isinstance(self.draft, Mapping) else None
        place = open_place(receipt_uri_of(self.draft), read_options(vars(self)))
        if not place.is_draft or (review or {}).get("state") != "approved":
            raise AirflowSkipException(f"Video {place.video_id} is no approved draft: there is no final to make.")
        self.place, self.final = place, (final := final_of(place))
        entry = ledger_of(running(self, context), self.durable).read()
        if entry is None or entry.phase not in (INTENT, SUBMITTED, COMPLETED):
            ti = context["ti"]
            asking = {name: getattr(ti, name) for name in ("dag_id", "run_id", "map_index")}
            check_permitted(place, read_trail(place), asking)
            check_current(place, final)
        self.prompt, self.model = final.prompt, final.model
        self.seconds, self.size = final.seconds, final.size
        self.extra_body, self.labels = final.extra, final.labels
        self.input_reference = final.photo
        self.reference_options = {"fit": "contain", "pad_color": final.pad_color} if final.photo else None
        self.sora_conn_id = lenient(self.sora_conn_id) or final.sora_conn_id
