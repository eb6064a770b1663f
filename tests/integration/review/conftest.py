from __future__ import annotations

from tests.support.storage import gcs_bucket, gcs_server

__all__ = ["gcs_bucket", "gcs_server"]
