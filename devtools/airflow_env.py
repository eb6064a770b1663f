"""The environment in which Airflow runs for the demo and for ``make up``: its own home, loopback only, no key."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DAGS = REPOSITORY / "dags"
DAG_IDS = ("news_insert", "ecommerce_product_video")
#: Runs when one of those has archived clips.
#: They ask people about clips, and take back what was approved.
REVIEW_DAG_IDS = ("video_review", "video_withdraw")
BUCKET = "sora-archive"
#: The bundled server only; real keys belong in a connection or a secrets backend.
KEY = "animatic-demo-key"
PROJECT = "demo"

#: What OpenAI asked per second of video until its Videos API was switched off; no live server's prices.
_WIDE = ("1280x720", "720x1280")
HISTORICAL_PRICES = {
    "sora-2": dict.fromkeys(_WIDE, 0.10),
    "sora-2-pro": {
        **dict.fromkeys(_WIDE, 0.30),
        **dict.fromkeys(("1024x1792", "1792x1024"), 0.50),
        **dict.fromkeys(("1080x1920", "1920x1080"), 0.70),
    },
}


def clean_environment() -> dict[str, str]:
    """This process's environment without anybody's Airflow, OpenAI or Google settings."""
    ours = ("AIRFLOW", "OPENAI_", "GOOGLE_", "STORAGE_EMULATOR", "GCLOUD", "CLOUDSDK", "SORA_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every Airflow process compiles 1,800 modules anew
    return kept


def sora_connection(base_url: str) -> str:
    """``sora_default`` as JSON: the bundled server, its usual model, and the historical prices."""
    extra = {"default_model": "sora-2", "prices": HISTORICAL_PRICES}
    return json.dumps({"conn_type": "sora", "host": base_url, "password": KEY, "extra": extra})


def airflow_environment(
    home: Path, *, sora_url: str, storage_url: str, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Environment of an Airflow process whose data all lie in ``home``.

    :param sora_url: the Videos API, with ``/v1``.
    :param storage_url: the Cloud Storage emulator.
    """
    return {
        **clean_environment(),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW_CONN_SORA_DEFAULT": sora_connection(sora_url),
        "AIRFLOW_VAR_SORA_ARCHIVE": f"gs://{BUCKET}",
        "STORAGE_EMULATOR_HOST": storage_url,
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        # Against an emulator gcsfs would ask for the bucket's kind over gRPC and hang for minutes.
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        **(more or {}),
    }
