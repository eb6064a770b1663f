"""A gate in front of a mapped batch: nothing is submitted unless the whole of it fits the budget."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.edge import DEFAULT_CONNECTION
from airflow_provider_sora.exceptions import BudgetExceededError, ConfigurationError
from airflow_provider_sora.operators.shared.base import TakesFormerLimit, at_the_edge

if TYPE_CHECKING:
    from airflow.sdk import Context


#: How far the store's clock may be from the worker's.
_CLOCKS = timedelta(hours=1)
#: States of tasks that hold no job.
_PAID_NOTHING = frozenset({None, "None", "scheduled", "skipped", "upstream_failed", "removed"})


class BudgetCheckOperator(TakesFormerLimit):
    """Sum a batch's estimate before its first submit, and refuse what is above a limit.

    :param requests: one mapping per item of the batch, with ``model``, ``size`` and ``seconds`` as the create will
        get them, and ``videos`` (default 1) for how many jobs the item makes, its remixes included. Usually the
        very list that the creates are expanded over; other keys are ignored. Templated.
    :param max_cost_usd: limit for this batch; ``"unlimited"`` is none. Templated.
    :param daily_budget_usd: limit for all jobs of this DAG submitted today, this batch included. Counted are this
        DAG's receipts below ``destination`` and the jobs that its other runs hold in XCom, archived or not. Costs a
        listing of ``destination``, a read of each receipt of the day, and a read of Airflow's for every paying task of
        the runs that paid today; before Airflow 3.3, and on the first day with this version, of all runs that its
        database still has. Templated.
    :param destination: the archive prefix, for the daily limit. Templated.
    :param timezone: whose day counts. Templated.
    :param sora_conn_id: connection whose ``prices`` are taken. Templated.
    :param gcp_conn_id: Google connection for ``gs://``. Templated.

    Returns ``{"estimated_usd", "spent_today_usd", "videos"}``.

    :raises ConfigurationError: neither limit is set, or one renders blank.
    :raises BudgetExceededError: above a limit, or a limit is set and a price is unknown. Nothing was paid.
    """

    template_fields: Sequence[str] = (
        "requests",
        "max_cost_usd",
        "daily_budget_usd",
        "daily_limit_usd",
        "destination",
        "timezone",
        "sora_conn_id",
        "gcp_conn_id",
    )

    def __init__(
        self,
        *,
        requests: Any,
        max_cost_usd: float | str | None = None,
        daily_budget_usd: float | str | None = None,
        destination: str | None = None,
        timezone: str = "UTC",
        sora_conn_id: str = DEFAULT_CONNECTION,
        gcp_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.requests = requests
        self.max_cost_usd = max_cost_usd
        self.daily_budget_usd = daily_budget_usd
        self.destination = destination
        self.timezone = timezone
        self.sora_conn_id = sora_conn_id
        self.gcp_conn_id = gcp_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.arguments import UNLIMITED, as_limit, as_zone
        from airflow_provider_sora.tasks.former import under_new_names

        with at_the_edge():
            given = under_new_names(vars(self))["daily_budget_usd"]
            batch = as_limit("max_cost_usd", self.max_cost_usd)
            daily = as_limit("daily_budget_usd", given)
            if self.max_cost_usd is None and given is None:
                raise ConfigurationError(
                    "This gate has no limit, so it would let everything pass.",
                    step=f"set max_cost_usd or daily_budget_usd, or say {UNLIMITED!r} where none is wanted.",
                )
            zone = as_zone("timezone", self.timezone)
            estimated, videos, unpriced = self._estimate()
            if unpriced and (batch is not None or daily is not None):
                raise BudgetExceededError(
                    f"A limit is set, but the cost of {unpriced} of {videos} videos is unknown: the connection's "
                    "`prices` have no entry for their model and size, or seconds is left to the server.",
                    step="add the price to the connection, or take the limit away.",
                )
            if batch is not None and estimated > batch + 1e-9:
                raise BudgetExceededError(
                    f"The batch of {videos} videos is estimated at ${estimated:.2f}, above max_cost_usd={batch:g}.",
                    step="raise the limit or make the batch smaller.",
                )
            spent = 0.0 if daily is None else self._spent_today(context, zone)
            if daily is not None and spent + estimated > daily + 1e-9:
                raise BudgetExceededError(
                    f"This day's jobs cost ${spent:.2f} and the batch of {videos} videos is estimated at "
                    f"${estimated:.2f}, together above daily_budget_usd={daily:g}. Nothing more was paid. Raise the "
                    "limit, make the batch smaller, or run it tomorrow."
                )
            self.log.info("%d videos, estimated at $%.2f; spent today: $%.2f.", videos, estimated, spent)
            return {"estimated_usd": estimated, "spent_today_usd": spent, "videos": videos}

    def _estimate(self) -> tuple[float, int, int]:
        from airflow_provider_sora.arguments import as_count, as_mapping, as_seconds, as_text
        from airflow_provider_sora.hooks.sora import SoraHook
        from airflow_provider_sora.jobs.cost import estimate_usd

        if not isinstance(self.requests, (list, tuple)):
            raise ConfigurationError(f"requests must be a list of mappings, but it is {type(self.requests).__name__}.")
        settings = SoraHook(as_text("sora_conn_id", self.sora_conn_id) or DEFAULT_CONNECTION).settings
        total, videos, unpriced = 0.0, 0, 0
        for request in self.requests:
            item = as_mapping("requests", request)
            count = as_count("videos", item.get("videos")) or 1
            model = settings.model_or_default(as_text("model", item.get("model")))
            usd = estimate_usd(
                settings.prices, model, as_text("size", item.get("size")), as_seconds(item.get("seconds"))
            )
            videos += count
            unpriced += count if usd is None else 0
            total += (usd or 0.0) * count
        return round(total, 6), videos, unpriced

    def _spent_today(self, context: Context, zone: tzinfo) -> float:
        from airflow_provider_sora.jobs.spending import spent_on

        today = datetime.now(zone)
        # What was submitted today was not archived before.
        begin = today.replace(hour=0, minute=0, second=0, microsecond=0) - _CLOCKS
        receipts = self._receipts(context["ti"], begin)
        spent, unknown = spent_on(today.date(), zone, [*receipts, *self._records(context, begin.timestamp())])
        if unknown:
            self.log.warning("The cost of %d of today's videos is unknown and not counted.", len(unknown))
        return spent

    def _receipts(self, ti: Any, since: datetime) -> Iterator[tuple[str, object, object]]:
        from airflow_provider_sora.archive.receipts import find_receipts, store_of
        from airflow_provider_sora.arguments import as_place, as_text, lenient
        from airflow_provider_sora.jobs.spending import cost_of_receipt
        from airflow_provider_sora.stores.options import ArchiveOptions

        destination = as_place("destination", self.destination)
        if destination is None:
            return

        store = store_of(destination, ArchiveOptions(gcp_conn_id=as_text("gcp_conn_id", lenient(self.gcp_conn_id))))
        for _name, receipt in find_receipts(store, since=since):
            if not isinstance(receipt, Mapping):
                self.log.warning("Not counted in what was spent: %s", receipt)
                continue
            if receipt["run"]["run_id"] == ti.run_id:
                continue
            found = cost_of_receipt(receipt) if receipt["run"]["dag_id"] == ti.dag_id else None
            if found is not None:
                yield found

    def _records(self, context: Context, begin: float) -> Iterator[tuple[str, object, object]]:
        """Jobs that this DAG's tasks hold in XCom, in every other run that has paid since ``begin`` (Unix seconds), or
        that Airflow still has where that cannot be told.
        """
        from airflow.providers.common.compat.sdk import XCom

        from airflow_provider_sora.jobs.settling.siblings import Paying, others
        from airflow_provider_sora.jobs.spending import cost_of_record
        from airflow_provider_sora.record import RECORD_KEY
        from airflow_provider_sora.tasks.paying.dag_reader import AirflowDagReader
        from airflow_provider_sora.tasks.paying.obtaining import scope_of
        from airflow_provider_sora.tasks.paying.payers import runs_noted
        from airflow_provider_sora.tasks.running import paying_task_ids

        ti = context["ti"]
        task_ids = tuple(task_id for task_id in paying_task_ids(self) if task_id != self.task_id)
        runs = runs_noted(ti.dag_id, begin, time.time())
        if not task_ids or runs == ():
            return
        found = others(AirflowDagReader(ti), scope_of(context), {ti.dag_id: Paying(task_ids, runs)})
        # This batch is in the estimate already, also when the gate runs again.
        holding = {where[:3] for where, state in found.items() if where[1] != ti.run_id and state not in _PAID_NOTHING}
        for dag_id, run_id, task_id in sorted(holding):
            shown = XCom.get_all(key=RECORD_KEY, dag_id=dag_id, run_id=run_id, task_id=task_id)
            yield from filter(None, map(cost_of_record, shown or ()))
