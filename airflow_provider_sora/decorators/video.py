"""``@task.sora_video`` and ``@task.sora_remix``, as Airflow finds them through the provider's description."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.bases.decorator import DecoratedOperator, _TaskDecorator

from airflow_provider_sora.decorators.worded import WordedByFunction, field_names
from airflow_provider_sora.operators.variants import RemixOperator
from airflow_provider_sora.operators.video import CreateVideoOperator
from airflow_provider_sora.retry import DEFAULT_RETRIES

if TYPE_CHECKING:
    from airflow.sdk.bases.decorator import TaskDecorator

__all__ = ["sora_remix_task", "sora_video_task"]


class _SoraVideoDecorated(WordedByFunction, CreateVideoOperator):
    custom_operator_name: ClassVar[str] = "@task.sora_video"
    template_fields: Sequence[str] = field_names(DecoratedOperator, CreateVideoOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **DecoratedOperator.template_fields_renderers,
        **CreateVideoOperator.template_fields_renderers,
    }


class _SoraRemixDecorated(WordedByFunction, RemixOperator):
    custom_operator_name: ClassVar[str] = "@task.sora_remix"
    template_fields: Sequence[str] = field_names(DecoratedOperator, RemixOperator)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **DecoratedOperator.template_fields_renderers,
        **RemixOperator.template_fields_renderers,
    }

    def __init__(self, *, video: Mapping[str, Any] | str | None = None, **kwargs: Any) -> None:
        super().__init__(video=video, **kwargs)


class _PayingTask(_TaskDecorator):
    """Gives a mapped task the retries that the operators have, where nobody sets any.

    A decorated function that is mapped never passes through the operator's ``__init__`` before the scheduler reads it.
    """

    def _expand(self, expand_input: Any, *, strict: bool) -> Any:
        mapped: Any = super()._expand(expand_input, strict=strict)
        if "retries" not in mapped.operator.partial_kwargs:
            mapped.operator.retries = DEFAULT_RETRIES
        return mapped


def sora_video_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> TaskDecorator:
    """``@task.sora_video``: what the function returns is made into a video, paid for once.

    :param python_callable: returns the prompt, or a mapping of arguments of
        :class:`~airflow_provider_sora.operators.video.CreateVideoOperator` by name, the templated ones. It may ask for
        what Airflow's context holds by naming it (``ds``, ``params``, ``ti``). What it returned is stored before
        anything is paid, and used again by every retry; it is no template.
    :param kwargs: the other arguments of that operator and of any task. Those that the function returns win.

    The task's output is the video's mapping. Costs what that operator costs.

    :raises TypeError: while the DAG is read: ``prompt`` or ``multiple_outputs`` is given, or the function is async.
    """
    return _decorate(_SoraVideoDecorated, python_callable, kwargs)


def sora_remix_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> TaskDecorator:
    """``@task.sora_remix``: what the function returns is the change to a video, paid for once.

    :param python_callable: returns the change as text, with ``video=…`` given to the decorator, or a mapping with
        ``video`` and ``prompt`` and other templated arguments of
        :class:`~airflow_provider_sora.operators.video.RemixOperator`. As for :func:`sora_video_task`.
    :param kwargs: the other arguments of that operator and of any task. Those that the function returns win.
    """
    return _decorate(_SoraRemixDecorated, python_callable, kwargs)


def _decorate(operator: type[Any], function: Callable[..., Any] | None, kwargs: dict[str, Any]) -> Any:
    # Airflow would read "one output for each key" from an annotation such as -> dict.
    several = bool(kwargs.pop("multiple_outputs", False))

    def decorate(function: Callable[..., Any]) -> Any:
        return _PayingTask(function=function, operator_class=operator, multiple_outputs=several, kwargs=dict(kwargs))

    return decorate if function is None else decorate(function)
