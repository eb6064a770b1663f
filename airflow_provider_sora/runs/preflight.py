"""Everything that can be known to be wrong before the first clip is paid for, asked once per run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.exceptions import UnsupportedByServerError
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
from airflow_provider_sora.runs.planned import PlannedRun
from airflow_provider_sora.runs.reporting.notice import check_notice

log = logging.getLogger(__name__)

#: Stands for the prompts to come; what is asked is whether the server takes such a request at all.
_PROMPT = "A wide shot of an empty street at dawn."


@dataclass(frozen=True, slots=True)
class Shape:
    """What a run asks the server for, whatever it shows.

    :param model: None leaves it to the connection, then to the server; so does ``seconds`` and ``size`` to the server.
    :param picture: with a reference picture.
    """

    model: str | None
    seconds: int | None
    size: str | None
    picture: bool = False


def preflight(
    run: PlannedRun,
    *,
    remix: bool,
    picture: bool = False,
    sizes: tuple[str | None, ...] = (),
    fallback: bool = False,
    shapes: Sequence[Shape] | None = None,
) -> dict[str, Any]:
    """Check params, bucket, connections and every ability of the server that the run will use. Pays nothing.

    :param run: its params ``sora_conn_id``, ``model``, ``seconds``, ``size`` say what will be asked for.
    :param remix: whether the run makes remixes.
    :param picture: whether it sends reference pictures.
    :param sizes: further sizes it asks for.
    :param shapes: all that it asks for, in place of its params, ``picture`` and ``sizes``; None: what these say.
    :param fallback: the run can do without remix where the server has none.
    :returns: ``server``, ``version``, ``base_url``, and whether the run is to ``remix``.
    :raises SoraError: the first thing found wrong, typed; nothing was paid.
    """
    from airflow_provider_sora.hooks.sora import SoraHook

    # What this run asks for; with drafts, their model. Of finals the question is asked when one is permitted.
    model = run.draft_model or run.model
    run.check_params()
    if run.notify_conn_id:
        check_notice(run.notify_conn_id)
    run.store.store.check()
    log.info("Destination %s can be written.", run.paths.prefix)
    hook = SoraHook(run.sora_conn_id)
    abilities = hook.capabilities()
    hook.require_videos()
    for warning in abilities.gateway:
        log.warning("%s", warning)
    if hook.dialect.keeps_content_only_in_create:
        raise UnsupportedByServerError(
            f"{abilities.server} hands a video out only in its answer to create, but this DAG archives in a task of "
            "its own.",
            step="use another server, or CreateVideoOperator with a destination.",
        )
    if shapes is None:
        wanted = dict.fromkeys((run.size, *sizes))
        shapes = [Shape(model, run.seconds, size, picture) for size in wanted]
    for shape in shapes:
        hook.check(_create(shape))
    if remix:
        hook.ask_for_remix()
        try:
            hook.check(Submission(kind=SubmitKind.REMIX, prompt=_PROMPT, source_id="video_preflight"))
        except UnsupportedByServerError as error:
            if not fallback:
                hint = "To make the clips without remixes, trigger this DAG with remix: off."
                raise UnsupportedByServerError(f"{error} {hint}") from error
            log.warning("%s The variants are made as clips of their own.", error)
            remix = False
    log.info("%s takes what this run asks for.", abilities.server)
    return {"server": abilities.server, "version": abilities.version, "base_url": hook.base_url, "remix": remix}


def _create(shape: Shape) -> Submission:
    width, _, height = (shape.size or "").partition("x")
    reference = Reference(
        data=b"\xff\xd8\xff",
        content_type="image/jpeg",
        file_name="reference.jpg",
        width=int(width) if width.isdigit() else None,
        height=int(height) if height.isdigit() else None,
    )
    return Submission(
        kind=SubmitKind.CREATE,
        prompt=_PROMPT,
        model=shape.model,
        seconds=shape.seconds,
        size=shape.size,
        reference=reference if shape.picture else None,
    )
