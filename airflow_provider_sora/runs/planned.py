"""One DAG run as its tasks see it: its folders, its store, and ``inputs.json``, which says once what it will make.

``inputs.json`` is written create-only before anything is paid, and whoever comes later (a retry, a cleared task, a
backfill) reads it instead of choosing again. So a run makes what it first chose or nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.arguments import as_count, as_text, check_names
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.runs.items import SCHEMA_VERSION, Choice, PlannedItem, total
from airflow_provider_sora.runs.paths import RunPaths, paths_of
from airflow_provider_sora.runs.planned_film import PlannedFilm
from airflow_provider_sora.runs.remembered.json_store import JsonStore, open_json_store
from airflow_provider_sora.words.left_out import LeftOut
from airflow_provider_sora.words.reasons import because

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_sora.stores.options import ArchiveOptions

#: Airflow Variable with the destination of runs that name none.
DESTINATION_VARIABLE = "sora_archive"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PlannedRun:
    """A run, its params, its folders and its store.

    :param run_type: Airflow's word: ``scheduled``, ``manual``, ``backfill`` …
    :param conf: what whoever triggered the run gave.
    :param declared: names of the DAG's params.
    """

    dag_id: str
    run_id: str
    run_type: str
    params: Mapping[str, Any]
    paths: RunPaths
    store: JsonStore
    options: ArchiveOptions
    conf: Mapping[str, Any] = field(default_factory=dict)
    declared: Collection[str] = ()

    @classmethod
    def of(cls, context: Context) -> PlannedRun:
        """From a task's context. Params used: ``destination`` (else Airflow Variable ``sora_archive``), ``timezone``,
        ``gcp_conn_id``.

        :raises ConfigurationError: no destination, one that is no URL, or an unknown zone; nothing was paid.
        """
        from airflow_provider_sora.stores.options import ArchiveOptions

        run, params = context["dag_run"], context["params"]
        paths = paths_of(context, params.get("destination") or usual_destination())
        options = ArchiveOptions(gcp_conn_id=params.get("gcp_conn_id") or None)
        return cls(
            dag_id=run.dag_id,
            run_id=run.run_id,
            run_type=str(getattr(run.run_type, "value", run.run_type)),
            params=params,
            paths=paths,
            store=open_json_store(paths.prefix, options),
            options=options,
            conf=getattr(run, "conf", None) or {},
            declared=tuple(getattr(context.get("dag"), "params", None) or ()),
        )

    def check_params(self) -> None:
        """Refuse what would let a run pay on other terms than were meant.

        :raises ConfigurationError: the conf has a key that is no param, for a mistyped limit would be no limit; or a
            param is blank text, where only null says "not set". Nothing was paid.
        """
        check_names("This DAG", self.conf, self.declared)
        for name in self.declared:
            if isinstance(self.params.get(name), str):
                as_text(name, self.params[name])

    # The params that our own choices read: judged here, and nowhere else.

    @property
    def dry_run(self) -> bool:
        return bool(self.params.get("dry_run"))

    @property
    def force(self) -> bool:
        """Whether what is there, or was given up, is made again."""
        return bool(self.params.get("force"))

    @property
    def sora_conn_id(self) -> str:
        return str(self.params["sora_conn_id"])

    @property
    def gcp_conn_id(self) -> str | None:
        return self.params.get("gcp_conn_id") or None

    @property
    def notify_conn_id(self) -> str | None:
        return self.params.get("notify_conn_id") or None

    @property
    def model(self) -> str | None:
        """None leaves it to the connection, then to the server."""
        return self.params.get("model") or None

    @property
    def seconds(self) -> int | None:
        # 4.0 is a whole number for a form and for JSON, but another text in a fingerprint.
        return int(self.params["seconds"]) if self.params.get("seconds") else None

    @property
    def size(self) -> str | None:
        return self.params.get("size")

    @property
    def max_items(self) -> int | None:
        """None and 0 are no limit."""
        return self.params.get("max_items")

    @property
    def max_jobs_per_clip(self) -> int | None:
        """Paid jobs without a clip that one item is given, over all runs."""
        return as_count("max_jobs_per_clip", self.params.get("max_jobs_per_clip"))

    @property
    def page_language(self) -> str:
        return str(self.params.get("page_language") or "en")

    @property
    def draft_model(self) -> str | None:
        """The model of drafts, after which only what people approve is made; None makes every clip at once."""
        return as_text("draft_model", self.params.get("draft_model"))

    @property
    def recreates_variants(self) -> bool:
        """Whether variants are made anew where the server has no remix; ``create`` is what the param said before."""
        return self.params.get("variant_fallback") in ("recreate", "create")

    @property
    def inputs_name(self) -> str:
        """``inputs.json``; a dry run's is ``plan.json``, for it selects nothing and no other run counts it."""
        return f"{self.paths.run}/{'plan' if self.dry_run else 'inputs'}.json"

    def kept(self) -> Choice | None:
        """What this run chose before, or None when it has not chosen yet.

        A backfill run that never chose gets an empty choice: today's feed says nothing about last month, and money
        spent on it would be spent for nothing.
        """
        found = self.store.get(self.inputs_name)
        if found is not None:
            choice = Choice.from_json(found)
            log.info("Reading back %s: %d items.", self.paths.url(self.inputs_name), len(choice.items))
        elif self.run_type == "backfill":
            choice = Choice(note=because("backfill"))
        else:
            return None
        if choice.note:
            log.warning("%s.", choice.note.text)
        return choice

    def keep(
        self,
        items: Iterable[PlannedItem],
        skipped: Iterable[LeftOut],
        *,
        source: str | None = None,
        style: str | None = None,
        film: PlannedFilm | None = None,
    ) -> Choice:
        """Write ``inputs.json``, or read the one that is there: what comes back is what this run will make.

        :param source: where the items came from, for the index; ``style`` likewise.
        :param film: of a storyboard.
        """
        chosen = tuple(items)
        choice = Choice(chosen, tuple(skipped), total(item.estimated_usd for item in chosen), source, style, film=film)
        document = {
            "schema_version": SCHEMA_VERSION,
            "dag_id": self.dag_id,
            "run_id": self.run_id,
            "date": self.paths.date,
            "time": self.paths.hhmm,
            "timezone": self.params.get("timezone") or "UTC",
            **choice.to_json(),
        }
        kept = Choice.from_json(self.store.keep(self.inputs_name, document))
        log.info("%s holds %d items.", self.paths.url(self.inputs_name), len(kept.items))
        _log_warnings(kept.items)
        return kept


def _log_warnings(items: Iterable[PlannedItem]) -> None:
    """What the prompt lint says, each sentence once: a style's fault is the same in all its items."""
    warned: dict[str, dict[str, None]] = {}
    for item in items:
        for warning in item.warnings:
            warned.setdefault(warning, {})[item.key] = None
    for warning, keys in warned.items():
        first, *others = keys
        log.warning("Prompt of %s%s: %s", first, f" and {len(others)} more" if others else "", warning)


def usual_destination() -> str:
    """The Airflow Variable ``sora_archive``.

    :raises ConfigurationError: it is not set.
    """
    from airflow.sdk import Variable

    found = Variable.get(DESTINATION_VARIABLE, default=None)
    if not found:
        raise ConfigurationError(
            f"No destination: give the DAG's param destination, or set the Airflow Variable {DESTINATION_VARIABLE} "
            "to a prefix such as gs://my-bucket/clips."
        )
    return str(found)
