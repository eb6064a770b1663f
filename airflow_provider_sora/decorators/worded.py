"""A paying operator whose request is what a function answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.bases.decorator import DecoratedOperator

from airflow_provider_sora.compat import set_during_execution
from airflow_provider_sora.operators.shared.base import REFERENCE
from airflow_provider_sora.operators.shared.submit import SoraSubmitOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.decorators.kept import Keeper, Kept
    from airflow_provider_sora.jobs.ledger import Ledger


class WordedByFunction(DecoratedOperator, SoraSubmitOperator):
    """In front of a paying operator: asks the function once, keeps what it answered, and lets the operator go on.

    :param python_callable: returns the prompt, or a mapping of the operator's templated arguments.
    """

    #: The request is known only when the task runs, so it is shown among the rendered templates afterwards.
    overwrite_rtif_after_execution: bool = True
    custom_operator_name: ClassVar[str]

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        multiple_outputs: bool = False,
        **kwargs: Any,
    ) -> None:
        if "prompt" in kwargs:
            raise TypeError(f"{self.custom_operator_name}: the function returns the prompt; leave prompt= out.")
        if multiple_outputs:
            raise TypeError(
                f"{self.custom_operator_name} has one output, the video's mapping; leave multiple_outputs out."
            )
        if inspect.iscoroutinefunction(python_callable):
            raise TypeError(f"{self.custom_operator_name}: {python_callable.__name__}() must not be async.")
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            prompt=set_during_execution(),
            **kwargs,
        )

    @classmethod
    def answerable(cls) -> frozenset[str]:
        """Names of the arguments that a function may set: the templated ones, but for the function's own."""
        return frozenset(cls.template_fields) - {*DecoratedOperator.template_fields, *REFERENCE}

    def show_connection(self) -> None:
        """Not when the templates are rendered: only the answer may say of which video, so through which connection."""

    def settle_request(self, context: Context, ledger: Ledger) -> None:
        """:raises ConfigurationError: the function answered what is no request; nothing was paid.
        :raises LedgerError: its answer cannot be read or kept; nothing more was paid.
        """
        from airflow.providers.common.compat.sdk import determine_kwargs

        from airflow_provider_sora.decorators.answer import read_answer
        from airflow_provider_sora.decorators.kept import Kept, why_anew

        keeper = self._keeper(context, ledger)
        kept, now = keeper.read(), self._now(context)
        name = self.python_callable.__name__
        on_clear = kept.asked.get("on_clear", self.on_clear) if kept else self.on_clear
        why = why_anew(kept, now, ledger.known(), on_clear)
        if why is not None or kept is None:
            self.log.info("Asking %s() what to film: %s.", name, why)
            given = {**context, **self.op_kwargs}
            answer = self.python_callable(*self.op_args, **determine_kwargs(self.python_callable, self.op_args, given))
            kept = Kept(read_answer(name, answer, self.answerable()), now.function, now.max_tries)
            keeper.write(kept)
            if not ledger.is_durable:
                self.log.warning(
                    "Without a task state store (Airflow 3.3, durable=True) what %s() answered is kept for this try "
                    "alone: a retry asks it again. Where it answers differently then, a job whose answer was lost is "
                    "not recognised, and another one is paid for. Let it answer the same at every try.",
                    name,
                )
        else:
            self.log.info("Using what %s() answered before; it is not asked again.", name)
            if kept.max_tries != now.max_tries:
                # Or the next automatic retry would look like another clear.
                keeper.write(Kept(kept.asked, kept.function, now.max_tries))
        self._take(kept)

    def recall_request(self, context: Context, ledger: Ledger) -> None:
        """:raises LedgerError: the answer that this try paid for cannot be read; the job was left in place."""
        kept = self._keeper(context, ledger).read()
        if kept is None:
            from airflow_provider_sora.exceptions import LedgerError

            raise LedgerError(
                f"What {self.python_callable.__name__}() answered is no longer kept, so what becomes of its video is "
                "not known. The job was left in place.",
                step="retry, which looks for the job.",
            )
        self._take(kept)

    def _take(self, kept: Kept) -> None:
        for name, value in kept.asked.items():
            setattr(self, name, value)
        super().show_connection()

    def _keeper(self, context: Context, ledger: Ledger) -> Keeper:
        from airflow_provider_sora.compat import state_store
        from airflow_provider_sora.decorators.kept import REQUEST_KEY, Keeper

        ti = context["ti"]
        return Keeper(
            state_store(context) if ledger.is_durable else None,
            show=lambda value: ti.xcom_push(key=REQUEST_KEY, value=value),
            shown=lambda: ti.xcom_pull(task_ids=ti.task_id, key=REQUEST_KEY, map_indexes=ti.map_index),
        )

    def _now(self, context: Context) -> Kept:
        from airflow_provider_sora.decorators.kept import Kept, digest_of

        source = None
        with suppress(OSError, TypeError):  # typed in a shell, or no plain function: a partial, an object
            source = self.get_python_source()
        digest = digest_of(source, list(self.op_args), self.op_kwargs)
        return Kept({}, digest, getattr(context["ti"], "max_tries", 0))


def field_names(*classes: type) -> Sequence[str]:
    """Template fields of several bases, each once, in order."""
    return tuple(dict.fromkeys(name for cls in classes for name in getattr(cls, "template_fields", ())))
