"""The edge between Airflow and us: typed errors leave through it, and rendered templates come in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow_provider_sora.compat import edge_error
from airflow_provider_sora.exceptions import ConfigurationError, SoraError

#: Whom a task asks where nothing names a connection.
DEFAULT_CONNECTION = "sora_default"

#: Mappings whose keys are arguments by themselves: a key that renders to nothing is judged like one.
OPTIONS = ("archive_options", "reference_options")


@contextmanager
def at_the_edge() -> Iterator[None]:
    """Let typed errors leave the operator in the form that this Airflow does not retry when it must not."""
    try:
        yield
    except SoraError as error:
        edged = edge_error(error)
        if edged is error:
            raise
        raise edged from error


class RenderingAtTheEdge:
    """For operators and sensors, in front of Airflow's base.

    A template or another task's output that gives None becomes blank text, so that it is not taken for a None that was
    written in the DAG. (A mapped argument is left alone: a null in an item says that the item does not set it.) After
    rendering, ``sora_conn_id`` holds the connection that will be used, for people to see among the rendered templates.
    """

    def _do_render_template_fields(
        self, parent: Any, template_fields: Iterable[str], context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        with at_the_edge():
            for name in template_fields:
                before = getattr(parent, name, None)
                try:
                    # One field at a time, so that an error can name it.
                    super()._do_render_template_fields(parent, (name,), context, jinja_env, seen_oids)  # type: ignore[misc]
                except Exception as error:
                    # What else goes wrong while rendering, such as a lost database, stays what it is.
                    if not isinstance(error, _template_errors()):
                        raise
                    raise _unrendered(name, error) from error
                if parent is self:
                    self._judge_rendered(name, before)
        if parent is self:
            self.show_connection()

    def show_connection(self) -> None:
        """Put the video's own connection, else the default, in ``sora_conn_id`` where the DAG names none."""
        values = vars(self)
        if "sora_conn_id" not in values or values["sora_conn_id"] is not None or "videos" in values:
            return
        values["sora_conn_id"] = _made_by(values.get("video")) or DEFAULT_CONNECTION

    def _judge_rendered(self, name: str, before: object) -> None:
        after = getattr(self, name, None)
        if isinstance(after, float) and not math.isfinite(after):
            from airflow_provider_sora.arguments import wrong

            # Airflow keeps what was rendered as JSON, and would fail on it without a word of what is wrong.
            raise wrong(name, after, "a finite number")
        if _is_nothing(after) and _was_promised(before):
            setattr(self, name, "")
        if name in OPTIONS and isinstance(before, Mapping) and isinstance(after, Mapping):
            promised = {key for key, value in before.items() if _was_promised(value)}
            kept = {k: "" if _is_nothing(v) and k in promised else v for k, v in after.items()}
            setattr(self, name, kept)


def _template_errors() -> tuple[type[Exception], ...]:
    """What a template at fault raises, its own expressions included."""
    import jinja2

    return (jinja2.TemplateError, LookupError, TypeError, ValueError)


def _unrendered(name: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"The template of {name} cannot be rendered: {type(error).__name__}: {str(error)[:200].rstrip('.')}.",
        step=f"correct the template, or give {name} what it asks for (params, conf, XCom).",
    )


def _is_nothing(value: object) -> bool:
    import jinja2

    return value is None or isinstance(value, jinja2.Undefined)


def _was_promised(value: object) -> bool:
    from airflow.sdk.definitions._internal.expandinput import MappedArgument

    return value is not None and not isinstance(value, MappedArgument)


def _made_by(video: object) -> str | None:
    from airflow_provider_sora.record import read_record

    try:
        return read_record(video).sora_conn_id
    except ConfigurationError:
        return None  # execute() says what is wrong with it
