"""``make down``: stop what ``make up`` started, and nothing else. The bucket and Airflow's database stay in ``.up``."""

from __future__ import annotations

import sys

from testbed.processes import stop_noted
from testbed.stack import UP


def main() -> int:
    stopped = stop_noted(UP, first="keeper")
    print(f"stopped  {', '.join(stopped)}" if stopped else "Nothing was up.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
