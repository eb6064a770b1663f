"""``python -m airflow_provider_sora …``: the commands of ``airflow sora …``, for an Airflow that does not load them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from airflow.cli.cli_config import GroupCommand

from airflow_provider_sora.cli.definition import get_sora_cli_commands


def parser() -> argparse.ArgumentParser:
    """The same commands and arguments that ``airflow sora`` has."""
    (group,) = get_sora_cli_commands()
    assert isinstance(group, GroupCommand)
    made = argparse.ArgumentParser(prog="python -m airflow_provider_sora", description=group.help)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for action in group.subcommands:
        one = commands.add_parser(action.name, help=action.help, description=action.description or action.help)
        for argument in action.args:
            argument.add_to_parser(one)
        one.set_defaults(func=action.func)
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command; ends with its exit code."""
    args = parser().parse_args(argv)
    args.func(args)


if __name__ == "__main__":
    main()
