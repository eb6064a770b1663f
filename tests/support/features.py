"""What only some supported versions of Airflow have."""

from __future__ import annotations

from types import ModuleType

import pytest


def retry_policies() -> ModuleType:
    """Airflow's module of retry policies; a test that asks for it before Airflow 3.3 reports itself skipped."""
    return pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="retry policies came with Airflow 3.3")
