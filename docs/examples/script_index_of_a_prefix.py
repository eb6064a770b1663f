"""An index of all that lies below a prefix of the archive, run by hand or from a ``@task``."""

from __future__ import annotations

import sys

from airflow_provider_sora.pages.index import write_index

if __name__ == "__main__":
    write_index(sys.argv[1], title="November")
