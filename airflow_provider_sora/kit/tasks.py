"""The tasks around a chain of clips: check and select in front of it, the report behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task

from airflow_provider_sora.kit.chain import ClipChain
from airflow_provider_sora.links.video import IndexPageLink
from airflow_provider_sora.retry import default_policy
from airflow_provider_sora.review.announcing import MADE, asset, outlet
from airflow_provider_sora.runs.gates import is_on, leave_reason

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.runs.items import Choice
    from airflow_provider_sora.runs.planned import PlannedRun
    from airflow_provider_sora.runs.preflight import Shape
    from airflow_provider_sora.runs.reporting.report import Further


def default_args() -> dict[str, Any]:
    """``default_args`` of such a DAG: two retries, none where trying again could only pay twice, and a failed task
    leaves its reason for the report."""
    return {
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_policy": default_policy(),
        "on_failure_callback": leave_reason,
    }


def choose(
    pick: Callable[[PlannedRun, bool], Choice],
    chain: ClipChain,
    *,
    picture: bool | None = None,
    shapes: Callable[[PlannedRun], Sequence[Shape]] | None = None,
) -> Any:
    """Tasks ``check`` and ``select``; what comes back is what ``chain.group(…).expand_kwargs()`` takes.

    ``check`` asks bucket, connections and server for all that the chain needs. Params that a DAG may have: ``remix``
    (off makes only first clips), ``variant_fallback`` (``recreate`` goes on without remix), ``second_size``.

    :param pick: decides in ``select`` what the run makes: ``choose_news``, ``choose_products``, ``choose_film`` or
        ``choose_wanted`` of :mod:`airflow_provider_sora.runs.choosing` with what they need. Called with the run and
        whether its server can remix, once per run: a retry or a clear reads back what was chosen.
    :param picture: whether ``check`` asks for reference pictures; None as the chain says.
    :param shapes: of a run whose clips differ in model, length or size: all that ``check`` is to ask the server about.
    """

    @task
    def check() -> dict[str, Any]:
        from airflow_provider_sora.runs.planned import PlannedRun
        from airflow_provider_sora.runs.preflight import preflight

        run = PlannedRun.of(get_current_context())
        return preflight(
            run,
            remix=len(chain.clips) > 1 and is_on(run.params.get("remix", True)),
            picture=chain.photo if picture is None else picture,
            sizes=(run.params["second_size"],) if run.params.get("second_size") else (),
            fallback=run.recreates_variants,
            shapes=None if shapes is None else shapes(run),
        )

    # What it returns holds every prompt and, in a shop, signed photo addresses: not for the log.
    @task(show_return_value_in_logs=False)
    def select(server: dict[str, Any]) -> list[dict[str, Any]]:
        from airflow_provider_sora.runs.planned import PlannedRun

        run = PlannedRun.of(get_current_context())
        kept = run.kept() or pick(run, server["remix"])
        # What an earlier release chose has no count of its own.
        more = {"max_jobs": run.params["max_jobs_per_clip"]} if chain.once else {}
        return [] if run.dry_run else [{**more, **item.clip.to_json()} for item in kept.items]

    server: Any = check()
    return select(server)


def report(*, also: Sequence[str] = (), further: Further | None = None) -> Any:
    """Task ``index``: the pages of the run and its day, and whether the run counts as failed.

    :param further: what the run leaves besides, such as
        :func:`~airflow_provider_sora.runs.reporting.campaign.write_campaign`; called with the run, its choice and what
        became of it once the index is written, and what it returns is added to what the task returns.

    A run that archived clips tells so once on ``Asset("sora_made")``, on which ``dags/video_review.py`` is scheduled.
    It finds the chain in front of it by itself. Put it behind the group, as the run's only last task.

    :param also: ids of tasks behind the group, such as ``cut``, whose video belongs to the run.
    """

    @task(
        trigger_rule="all_done",
        retries=1,
        on_failure_callback=_tell_of_failure,
        inlets=[asset(MADE)],
        outlets=[outlet(MADE)],
    )
    def index() -> dict[str, Any]:
        from airflow_provider_sora.runs.reporting.report import report as write

        return write(get_current_context(), also=also, further=further)

    page: Any = index()
    page.operator.operator_extra_links = (IndexPageLink(),)
    return page


def _tell_of_failure(context: Context) -> None:
    from airflow_provider_sora.runs.reporting.report import tell_of_failure

    tell_of_failure(context)
