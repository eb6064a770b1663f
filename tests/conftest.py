"""Airflow reads its configuration when it is first imported, so it is set here, before any test module loads."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

pytest_plugins = ["tests.support.animatic", "tests.support.order", "tests.support.untested"]

_HOME = tempfile.mkdtemp(prefix="sora-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
# The workers of a run are started with the environment of the process that hands out the tests: they share its folder.
os.environ.setdefault("SORA_TESTS_SHARED", _HOME)

os.environ.update(
    {
        "AIRFLOW_HOME": _HOME,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": os.path.join(_HOME, "dags"),
        # Where tests put their pictures, feeds and catalogues, and where the repository has its own.
        "AIRFLOW__SORA__INPUT_PATHS": f"{tempfile.gettempdir()}, {Path(__file__).parents[1]}",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_HOME}/airflow.db",
        "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        # Against an emulator gcsfs would ask for the bucket's kind over gRPC and hang for minutes.
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
    }
)
os.makedirs(os.environ["AIRFLOW__CORE__DAGS_FOLDER"], exist_ok=True)
for name in [n for n in os.environ if n.startswith(("OPENAI_", "AIRFLOW_CONN_", "STORAGE_EMULATOR"))]:
    del os.environ[name]
