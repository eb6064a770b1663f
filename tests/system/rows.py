"""The table: which server, how the task waits, what is killed or done, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: What a server does to help after a lost answer. ``witness`` is one that lists prompts, asked with
#: ``resubmit_if_absent`` while another job of the same DAG is under way there.
SERVERS = ("listing", "blind", "keyed", "witness")
HOWS = ("sync", "deferrable")

#: Places in a task where its process, or the process that supervises it, is killed; see boundaries.py.
BOUNDARIES = (
    "before_intent",
    "after_intent",
    "inside_post",
    "after_post",
    "after_record",
    "on_resume",
    "during_download",
    "during_upload",
    "after_upload",
)
#: Between these two a job may exist that nothing on our side has the id of.
GAP = ("after_intent", "inside_post", "after_post")


@dataclass(frozen=True)
class Row:
    """One run: ``script`` says what is done to it (scripts.py), ``boundary`` and ``who`` what is killed where.

    :param own_dag: run alone in a DAG of its own: a task that looks for its lost job waits while any other task of
        its DAG may be submitting the same.
    """

    server: str
    how: str
    script: str
    boundary: str = ""
    who: str = "task"
    conf: tuple[tuple[str, Any], ...] = field(default=())

    @property
    def own_dag(self) -> bool:
        return self.server in ("listing", "witness") and self.boundary in GAP

    @property
    def what(self) -> str:
        return f"{self.who} killed {self.boundary.replace('_', ' ')}" if self.boundary else self.script

    @property
    def run_id(self) -> str:
        words = self.boundary or self.script.replace(" ", "-").replace("=", "-")
        return "-".join((words, self.who, self.how, self.server))

    @property
    def dag_id(self) -> str:
        lane = f"_{self.who}_{self.boundary}" if self.own_dag else ""
        return f"paid_once_{self.server}_{self.how}{lane}"

    @property
    def task_ids(self) -> list[str]:
        """A synchronous create archives by itself; a deferrable one leaves it to a task of its own."""
        return ["create"] if self.how == "sync" else ["create", "archive"]

    @property
    def ambiguous(self) -> bool:
        """The documented cases: the job may exist, and this server neither lists prompts nor knows keys; or it
        does not exist, and a list alone does not prove that.
        """
        return self.boundary in {"blind": GAP, "listing": ("after_intent",)}.get(self.server, ())

    @property
    def prompt(self) -> str:
        """What it asks for. Beside a witness it must not resemble what other DAGs ask for."""
        return self.run_id if self.server == "witness" else f"clip of {self.run_id}"

    @property
    def paid(self) -> int:
        """Jobs that the server must have accepted for this row at its end."""
        if self.script.endswith(("with on_clear=new", "whose record is gone")):
            return 2
        # The killed task never sent its request. Nor does an orphaned one: it cannot read its record any more.
        return 0 if self.ambiguous and self.boundary == "after_intent" else 1

    def __str__(self) -> str:
        return self.run_id


def _kills(server: str, how: str, who: str = "task", among: tuple[str, ...] = BOUNDARIES) -> list[Row]:
    places = [place for place in among if how == "deferrable" or place != "on_resume"]
    return [Row(server, how, "kill", place, who) for place in places]


TASK_KILLS = [
    row
    for server in SERVERS
    for how in HOWS
    for row in _kills(server, how, among=GAP if server == "witness" else BOUNDARIES)
]
SUPERVISOR_KILLS = [
    *_kills("blind", "sync", "supervisor"),
    *_kills("listing", "deferrable", "supervisor"),
    *(row for server in ("listing", "keyed", "witness") for row in _kills(server, "sync", "supervisor", GAP)),
]

#: What a user does, on the server that helps least.
USER_ACTS = [
    Row("blind", "deferrable", "clear while deferred"),
    Row("blind", "sync", "clear while running"),
    Row("blind", "deferrable", "mark failed while deferred"),
    Row("blind", "deferrable", "mark success while deferred"),
    Row("blind", "sync", "clear a failed task"),
    Row("blind", "sync", "clear a success"),
    Row("blind", "deferrable", "clear a success"),
    Row("blind", "sync", "clear a success whose record is gone"),
    Row("blind", "sync", "clear a success with on_clear=new", conf=(("on_clear", "new"),)),
    Row("blind", "deferrable", "clear a success with on_clear=new", conf=(("on_clear", "new"),)),
]

#: Processes of the installation, killed or restarted while the runs are where the script says.
PROCESS_ACTS = [
    *(Row(server, "deferrable", "triggerer killed while deferred") for server in SERVERS[:3]),
    *(Row(server, "deferrable", "triggerer killed while resuming") for server in SERVERS[:3]),
    *(Row(server, "deferrable", "triggerer restarted while deferred") for server in SERVERS[:3]),
    *(Row(server, how, "scheduler killed while waiting") for server in SERVERS[:3] for how in HOWS),
    *(Row(server, "deferrable", "scheduler killed while resuming") for server in SERVERS[:3]),
    *(Row(server, how, "server restarted while waiting") for server in SERVERS[:3] for how in HOWS),
    *(Row(server, how, "server killed while waiting") for server in SERVERS[:3] for how in HOWS),
]

#: One row per boundary, spread over ways of waiting and servers, and one of each other kind.
QUICK = frozenset(
    {
        Row("blind", "sync", "kill", "before_intent"),
        Row("witness", "sync", "kill", "after_intent"),
        Row("witness", "deferrable", "kill", "inside_post"),
        Row("listing", "sync", "kill", "after_intent"),
        Row("keyed", "deferrable", "kill", "after_intent"),
        Row("listing", "deferrable", "kill", "inside_post"),
        Row("listing", "sync", "kill", "after_post"),
        Row("blind", "deferrable", "kill", "after_post"),
        Row("blind", "deferrable", "kill", "after_record"),
        Row("blind", "deferrable", "kill", "on_resume"),
        Row("blind", "sync", "kill", "during_download"),
        Row("blind", "deferrable", "kill", "during_upload"),
        Row("blind", "sync", "kill", "after_upload"),
        Row("blind", "sync", "kill", "after_record", "supervisor"),
        Row("blind", "deferrable", "clear while deferred"),
        Row("blind", "deferrable", "triggerer killed while deferred"),
    }
)


#: DAGs of ``dags/acted_on.py``: cancelled on a kill, or ended by an execution timeout.
ACTED_ON = tuple(f"{what}_{how}" for what in ("cancel", "timeout") for how in HOWS)
#: DAGs of ``dags/worded.py``, each with one task.
WORDED = tuple(f"worded_{how}" for how in HOWS)


def dag_ids() -> list[str]:
    rows = [*TASK_KILLS, *SUPERVISOR_KILLS, *USER_ACTS, *PROCESS_ACTS]
    return sorted({row.dag_id for row in rows})
