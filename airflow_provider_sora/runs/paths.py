"""Where a DAG run keeps its things in the bucket: folders of its DAG, its day and itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_sora.arguments import as_text
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.stores.keys import digest, key_of

#: Hex digits that tell one run from another of the same minute.
_DIGEST = 10


@dataclass(frozen=True, slots=True)
class RunPaths:
    """Where one DAG run keeps its things, relative to the prefix.

    :param day: ``unreviewed/{dag_id}/{yyyy}/{mm}/{dd}``.
    :param run: the run's own folder in it, for ``inputs.json`` and its index; starts with ``_runs/``, which no item's
        folder can.
    :param moment: the run's date and time, in its zone.
    :param hhmm: the run's time of day in its zone.
    :param state: what outlives the run: ``state/{dag_id}``.
    :param date: the run's date in its zone, ``yyyy-mm-dd``.
    """

    prefix: str
    day: str
    run: str
    moment: datetime
    hhmm: str
    state: str
    date: str

    @property
    def minute(self) -> str:
        """The run's date and time of day in its zone, as people read it."""
        return f"{self.moment:%Y-%m-%d %H:%M}"

    def item(self, key: str) -> str:
        """The ``destination`` of one item's videos, as a full URL."""
        return f"{self.prefix}/{self.day}/{self.hhmm}-{key}"

    def url(self, name: str) -> str:
        return f"{self.prefix}/{name}"


def run_paths(destination: str, *, dag_id: str, run_id: str, moment: datetime, timezone: str) -> RunPaths:
    """The folders of a run.

    :param destination: prefix URL such as ``gs://bucket/newsroom``.
    :param moment: the run's logical date, else its ``run_after``; never the wall clock, so that a retry tomorrow
        meets the objects of today. Must be aware of its zone.
    :param timezone: IANA name, such as ``Asia/Tokyo``, in which dates and times in paths are given.
    :raises ConfigurationError: an unknown zone, a moment without zone, or a destination that is no URL.
    """
    import pendulum

    prefix = destination.strip().rstrip("/")
    if "://" not in prefix or prefix.endswith(":/"):
        raise ConfigurationError(
            f"destination must be a URL such as gs://bucket/prefix or file:///folder, but it is {destination!r}."
        )
    if moment.tzinfo is None:
        raise ConfigurationError(f"The run's date {moment.isoformat()} has no time zone.")
    try:
        zone = pendulum.timezone(timezone)
    except Exception as error:  # pendulum and zoneinfo raise several kinds for a bad name
        raise ConfigurationError(f"timezone {timezone!r} is not an IANA time zone name such as Asia/Tokyo.") from error
    local = pendulum.instance(moment).in_timezone(zone)
    dag = key_of(dag_id) if not _is_plain(dag_id) else dag_id
    day = f"unreviewed/{dag}/{local:%Y/%m/%d}"
    hhmm = f"{local:%H%M}"
    return RunPaths(
        prefix=prefix,
        day=day,
        run=f"{day}/_runs/{hhmm}-{digest(run_id)[:_DIGEST]}",
        moment=local,
        hhmm=hhmm,
        state=f"state/{dag}",
        date=f"{local:%Y-%m-%d}",
    )


def paths_of(context: Mapping[str, Any], destination: str) -> RunPaths:
    """:func:`run_paths` from an Airflow task context; its param ``timezone``."""
    run, params = context["dag_run"], context["params"]
    # A blank one is no UTC: it would move the run to another day, and to that day's budget.
    timezone = as_text("timezone", params.get("timezone")) or "UTC"
    return run_paths(
        destination,
        dag_id=run.dag_id,
        run_id=run.run_id,
        moment=run.logical_date or run.run_after,
        timezone=timezone,
    )


def _is_plain(dag_id: str) -> bool:
    return all(c.isascii() and (c.isalnum() or c in "_-.") for c in dag_id) and dag_id.strip(".") != ""
