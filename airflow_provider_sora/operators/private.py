"""A video made of private data: what is mapped and shown is public, the row is read where the request is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.masking.discretion import discreetly
from airflow_provider_sora.operators.video import CreateVideoOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.protocol.submission import Submission
    from airflow_provider_sora.tasks.terms import Terms


class CreatePrivateVideoOperator(CreateVideoOperator):
    """As :class:`~airflow_provider_sora.operators.video.CreateVideoOperator`, with a prompt that private columns shape.

    The row is looked up by its keyed hash when the request is made, in every try; its private cells fill the prompt,
    and appear in no XCom, receipt, label, rendered field, log or error. A keyed digest stands for the prompt. What the
    server says is not repeated either, only its codes: it may quote the prompt.

    :param prompt: with places for the private columns, and everything else filled: ``A card for {name}.`` Templated.
    :param private_row: None for a prompt that holds nothing private: then this is its base class. Else which row, a
        mapping (or JSON text): ``subject`` (the keyed hash), ``table``, ``key_column``,
        ``private_columns``, and where needed ``encoding``, ``gcp_conn_id`` and ``photo_column``, whose cell is the
        picture then. Templated.

    The key is the Airflow Variable ``sora_private_data_secret``.

    :raises ConfigurationError: there is no key, or no such row any more; nothing was paid by this try.
    """

    template_fields: Sequence[str] = (*CreateVideoOperator.template_fields, "private_row")

    def __init__(self, *, private_row: Mapping[str, Any] | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.private_row = private_row

    @property
    def discreet(self) -> bool:  # type: ignore[override]
        """Whether the prompt is made of private data; a blank ``private_row`` is refused, and no reason to talk."""
        return self.private_row is not None

    def build_submission(self, terms: Terms, hook: SoraHook) -> Submission:
        if self.private_row is None:
            return super().build_submission(terms, hook)
        from airflow_provider_sora.tasks.paying.private_prompt import private_submission

        return private_submission(
            terms,
            self.private_row,
            model=hook.settings.model_or_default(terms.model),
            reference_options=self.reference_options,
        )

    def execute(self, context: Context) -> dict[str, Any]:
        with discreetly(self.discreet):
            return super().execute(context)

    def execute_in_turn(
        self, context: Context, event: Any = None, asked_at: float | None = None, refused: int = 0
    ) -> dict[str, Any]:
        with discreetly(self.discreet):
            return super().execute_in_turn(context, event, asked_at, refused)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        with discreetly(self.discreet):
            return super().execute_complete(context, event)
