from tests.support.airflow import sora_connection
from tests.support.storage import gcs_bucket, gcs_server

__all__ = ["gcs_bucket", "gcs_server", "sora_connection"]
