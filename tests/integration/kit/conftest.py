from tests.support.airflow import airflow_db, run_dag, sora_connection
from tests.support.storage import gcs_bucket, gcs_server

__all__ = ["airflow_db", "gcs_bucket", "gcs_server", "run_dag", "sora_connection"]
