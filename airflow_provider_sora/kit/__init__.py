"""What a DAG file that makes many clips is written with: choose, make, archive, report.

Here: a chain of clips as a task group, the tasks around it, and the params that such DAGs have in common; all of them
ordinary operators, tasks and params of Airflow, each usable without the others. Not here: what a clip costs, shows or
is remembered by (``runs``, ``prompts``), and the operators themselves. Nothing below imports this room.
"""

from __future__ import annotations

from airflow_provider_sora.kit.chain import ClipChain
from airflow_provider_sora.kit.params import campaign_params, place_params, remix_params, usual_params
from airflow_provider_sora.kit.tasks import choose, default_args, report
from airflow_provider_sora.runs.clips import Clip

__all__ = [
    "Clip",
    "ClipChain",
    "campaign_params",
    "choose",
    "default_args",
    "place_params",
    "remix_params",
    "report",
    "usual_params",
]
