"""A secrets backend as a company has one: slow, paid by the look-up, and it notes each of them."""

from __future__ import annotations

import os
import time

from airflow.secrets import BaseSecretsBackend


class CountingSecrets(BaseSecretsBackend):
    """Knows nothing; notes what it was asked for in the file that ``SORA_TEST_LOOKUPS`` names."""

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        return self._noted(f"connection {conn_id}")

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        return self._noted(f"variable {key}")

    def get_config(self, key: str) -> str | None:
        return None

    def _noted(self, what: str) -> None:
        with open(os.environ["SORA_TEST_LOOKUPS"], "a", encoding="utf-8") as notes:
            notes.write(f"{what}\n")
        time.sleep(0.2)
