"""The operators of the Videos API: create here, the others re-exported from the modules they live in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.links.video import ArchivedVideoLink
from airflow_provider_sora.operators.delete import DeleteVideoOperator
from airflow_provider_sora.operators.shared.base import REFERENCE, TakesFormerReference
from airflow_provider_sora.operators.shared.submit import SoraSubmitOperator
from airflow_provider_sora.operators.variants import EditVideoOperator, ExtendVideoOperator, RemixOperator
from airflow_provider_sora.protocol.submission import Submission, SubmitKind

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.tasks.terms import Terms

__all__ = [
    "CreateVideoOperator",
    "DeleteVideoOperator",
    "EditVideoOperator",
    "ExtendVideoOperator",
    "RemixOperator",
]


class CreateVideoOperator(TakesFormerReference, SoraSubmitOperator):
    """Make a video from a prompt and, optionally, a picture as its first frame.

    :param model: model name; None takes the connection's ``default_model``, else the server's own. Templated.
    :param seconds: whole seconds of video; None leaves the length to the server. Templated.
    :param size: ``"1280x720"`` and the like; None leaves it to the server. Templated.
    :param input_reference: a picture: local path, ``gs://`` or any ObjectStoragePath URL, ``https://``, a data URL,
        or the id of an uploaded file. Checked before anything is paid. Templated.
    :param reference_options: how that picture is read and fitted: ``fit`` (``exact``, the default, refuses one of
        another size than ``size``; ``cover`` crops it; ``contain`` pads it), ``pad_color`` (for padding and for
        flattening transparency), ``conn_id`` (Airflow connection of its object store), ``allow_private_hosts`` (its
        address may lead into private networks). A mapping or JSON text. Templated.
    :param characters: up to two ids of characters made before, where the server has them. Templated.
    :param fallback_conn_ids: connections to ask, in order, when ``sora_conn_id`` refuses for certain (key, quota, rate
        limit, no connection, not supported); never after a lost answer. The record names the one that took the job.

    Everything else: :class:`~airflow_provider_sora.operators.shared.submit.SoraSubmitOperator`.
    """

    template_fields: Sequence[str] = (
        *SoraSubmitOperator.template_fields,
        "model",
        "seconds",
        "size",
        "input_reference",
        "reference_options",
        *REFERENCE,
        "characters",
        "fallback_conn_ids",
    )
    operator_extra_links = (ArchivedVideoLink(),)
    kind = SubmitKind.CREATE

    def __init__(
        self,
        *,
        model: str | None = None,
        seconds: int | str | None = None,
        size: str | None = None,
        input_reference: str | None = None,
        reference_options: Mapping[str, Any] | str | None = None,
        characters: Sequence[str] | str | None = None,
        fallback_conn_ids: Sequence[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.seconds = seconds
        self.size = size
        self.input_reference = input_reference
        self.reference_options = reference_options
        self.characters = characters
        self.fallback_conn_ids = fallback_conn_ids

    def build_submission(self, terms: Terms, hook: SoraHook) -> Submission:
        from airflow_provider_sora.tasks.paying.pictures import load_picture

        return Submission(
            kind=self.kind,
            prompt=terms.prompt,
            model=hook.settings.model_or_default(terms.model),
            seconds=terms.seconds,
            size=terms.size,
            reference=load_picture(terms.picture, terms.size),
            characters=terms.characters,
            extra=terms.extra_body,
        )
