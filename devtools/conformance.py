"""``make conformance SERVER=… KEY=… [MODEL=…]``: does this provider behave on that server?

Prints a line for each ability. Exit code 0: all right; 1: a wrong verdict; 2: could not be judged (key, credit,
network, or answers of the server that are junk).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence

from testbed.conformance_pass import Conformance
from testbed.conformance_verdicts import CannotJudgeError


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m devtools.conformance", description=__doc__)
    parser.add_argument("server", help="base URL, such as http://host:port/v1")
    parser.add_argument("--key", default="", help="bearer key; better in the environment variable SORA_KEY")
    parser.add_argument("--model")
    parser.add_argument("--dialect", default="auto")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--size")
    parser.add_argument("--wait", type=float, default=1800, help="seconds that a render may take")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="conformance-") as home:
        connection = {
            "conn_type": "sora",
            "host": asked.server,
            "password": asked.key or os.environ.get("SORA_KEY", ""),
            "extra": {"dialect": asked.dialect},
        }
        os.environ.update({"AIRFLOW_HOME": home, "AIRFLOW_CONN_CONFORMANCE": json.dumps(connection)})
        os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
        from airflow_provider_sora.hooks.sora import SoraHook

        pass_ = Conformance(
            SoraHook("conformance"), model=asked.model, seconds=asked.seconds, size=asked.size, wait=asked.wait
        )
        try:
            rows = pass_.run()
        except CannotJudgeError as error:
            print(f"Not judged further: {error}", file=sys.stderr)
            return 1 if any(row.wrong for row in pass_.rows) else 2
    wrong = [row for row in rows if row.wrong]
    faults = [row for row in rows if row.fault]
    print(f"{len(rows)} rows, {len(wrong)} wrong, {len(faults)} faults of the server; paid: {len(pass_.made)} jobs")
    return 1 if wrong else (2 if faults else 0)


if __name__ == "__main__":
    sys.exit(main())
