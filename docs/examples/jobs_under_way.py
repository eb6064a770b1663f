"""SoraHook inside a plain task: what costs nothing, here a look at what a server has under way."""

from __future__ import annotations

from airflow.sdk import DAG, task

with DAG("jobs_under_way", schedule=None):
    # START jobs_under_way
    @task
    def under_way(sora_conn_id: str = "sora_default") -> list[str]:
        from airflow_provider_sora.hooks.sora import SoraHook

        jobs = SoraHook(sora_conn_id).list_videos(limit=100).jobs
        return [f"{job.id}: {job.status}" for job in jobs if not job.status.is_final]

    under_way()
    # END jobs_under_way
