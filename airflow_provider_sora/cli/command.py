"""What every command shares: Airflow's process context, printing, errors in words, exit codes."""

from __future__ import annotations

import functools
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airflow.cli.simple_table import AirflowConsole
from airflow.utils import yaml
from airflow.utils.cli import suppress_logs_and_warning
from airflow.utils.providers_configuration_loader import providers_configuration_loaded

from airflow_provider_sora.exceptions import SoraError

Row = Mapping[str, Any]


def command(run: Callable[[Namespace], int]) -> Callable[[Namespace], None]:
    """A command's function, which returns its exit code, as Airflow calls it."""

    @functools.wraps(run)
    def wrapped(args: Namespace) -> None:
        # As Airflow's own commands do: without it connections that are stored in the database are not seen.
        os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
        code = 2

        # Airflow's wrappers return nothing, and logs on the terminal would spoil JSON.
        @suppress_logs_and_warning
        @providers_configuration_loaded
        def quiet(args: Namespace) -> None:
            nonlocal code
            code = run(args)

        try:
            quiet(args)
        except SoraError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        if code:
            raise SystemExit(code)

    return wrapped


def show(data: Any, output: str, tables: Sequence[tuple[str, Sequence[Row]]] = ()) -> None:
    """Print ``data`` as JSON or YAML, or its ``tables``, each under its title."""
    if output == "json":
        print(json.dumps(data, ensure_ascii=False, indent=2))
    elif output == "yaml":
        print(yaml.dump(data, allow_unicode=True, sort_keys=False), end="")
    else:
        console = AirflowConsole()
        for title, rows in tables:
            if title:
                console.print(title, markup=False, highlight=False)
            if rows:
                console.print_as(data=[dict(row) for row in rows], output="table")
