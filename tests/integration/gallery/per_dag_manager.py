"""An auth manager that gives rights DAG by DAG, as a company's own would; Airflow's simple one ignores the DAG."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

#: Which DAGs each user may look at, and which of these they may act on; others may do what their role says.
READS = {"editor": {"news"}, "keeper": {"shop"}, "looker": {"shop"}}
ACTS = {"editor": {"news"}, "keeper": {"shop"}}


class PerDagAuthManager(SimpleAuthManager):
    """Each user named above has their own DAGs only."""

    def is_authorized_dag(self, *, method: str, user: Any, details: DagDetails | None = None, **more: Any) -> bool:  # type: ignore[override]
        name = user.get_name()
        if name in READS:
            allowed = READS[name] if method == "GET" else ACTS.get(name, set())
            if details is not None and details.id not in allowed:
                return False
        return super().is_authorized_dag(method=method, user=user, details=details, **more)  # type: ignore[arg-type]
