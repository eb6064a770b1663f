"""The command group as Airflow loads it (provider info ``cli``), and as ``python -m airflow_provider_sora`` does."""

from __future__ import annotations

from airflow.cli.cli_config import ARG_VERBOSE, ActionCommand, Arg, CLICommand, GroupCommand, lazy_load_command

_OUTPUT = Arg(
    ("-o", "--output"),
    help="table (default), json or yaml",
    metavar="(table, json, yaml)",
    choices=("table", "json", "yaml"),
    default="table",
)
_STORE = (
    Arg(("--gcp-conn-id",), help="Airflow connection with Google credentials, for gs://"),
    Arg(("--impersonation-chain",), help="service account(s) to act as, separated by commas"),
    Arg(("--storage-conn-id",), help="Airflow connection of another store"),
    Arg(("--user-project",), help="project billed for a requester-pays bucket"),
)
_COMMON = (_OUTPUT, ARG_VERBOSE)
_API = Arg(("--api",), help="address of Airflow's API server (default: [api] base_url)")
_IN_A_NAME = "Goes through Airflow's REST API in the name of whose token AIRFLOW_API_TOKEN holds."
_SOURCE = "a file, or an address (https://, gs:// and what else a DAG may name)"


def _action(name: str, module: str, help: str, *args: Arg, description: str | None = None) -> ActionCommand:
    func = lazy_load_command(f"airflow_provider_sora.cli.{module}.{name}")
    return ActionCommand(name=name, help=help, description=description, func=func, args=(*args, *_COMMON))


def get_sora_cli_commands() -> list[CLICommand]:
    """The group ``sora``; imports nothing of ours until one of its commands runs."""
    commands = (
        _action(
            "doctor",
            "doctor",
            "Say which server a connection leads to, what it can do, and what is missing; costs nothing",
            Arg(("conn_id",), nargs="?", default="sora_default", help="the connection (default: sora_default)"),
            Arg(("--destination",), help="archive prefix to try (default: the Airflow variable sora_archive)"),
            *_STORE,
            description="Exit code 0: all is well; 1: something is missing, with the next step beside it.",
        ),
        _action(
            "catalogue",
            "inputs",
            "Show the products that a run would see in a shop's export, and why the rest is left out",
            Arg(("source",), help=_SOURCE),
            Arg(
                ("--columns",), nargs="+", metavar="NAME=COLUMN", help="or one JSON object, as the DAG's param columns"
            ),
            Arg(("--encoding",), help="where the file does not say it: cp932, cp1252 ..."),
            Arg(("--market",), help="where the export has none"),
        ),
        _action(
            "feed",
            "inputs",
            "Show the items that a run would see in a feed, and why the rest is left out",
            Arg(("source",), help=_SOURCE),
        ),
        _action(
            "storyboard",
            "storyboard",
            "Check a film's storyboard, and show each scene's prompt, seconds and cost; costs nothing",
            Arg(("source",), help=_SOURCE),
            Arg(
                ("--conn-id",),
                help="the connection whose prices and server count (default: sora_default, where there is one)",
            ),
            Arg(("--model",), help="of the run; else the connection's default_model"),
            Arg(("--size",), default="1280x720", help="of films that name none (default: 1280x720)"),
            Arg(("--seconds",), type=int, default=4, help="of scenes that name none (default: 4)"),
            description="Exit code 0: it can be made; 1: the file or the server says no, with the next step.",
        ),
        _action(
            "examples",
            "examples",
            "List the DAGs that come with this package, or copy some into a folder",
            Arg(("names",), nargs="*", metavar="NAME", help="those to copy; none lists them"),
            Arg(("--to",), metavar="FOLDER", help="where to, such as the DAG folder; no file there is overwritten"),
            description="Exit code 1: another file lay in a copy's place and was left alone.",
        ),
        _action(
            "verify",
            "archive",
            "Read archived objects again and say what no longer matches its receipt",
            Arg(("uri",), help="a prefix, or one video's folder, receipt or object"),
            Arg(("--quick",), action="store_true", help="compare what the store states, without reading content"),
            Arg(("--all",), action="store_true", help="list what matches too"),
            *_STORE,
        ),
        _action(
            "report",
            "archive",
            "Spend and counts over the receipts below a prefix",
            Arg(("uri",), metavar="prefix", help="an archive prefix"),
            Arg(("--by",), default="day", help="day, month, model, call, size, dag ... and label.KEY, by commas"),
            Arg(("--csv",), action="store_true", help="CSV instead of a table"),
            *_STORE,
        ),
        _action(
            "clean",
            "clean",
            "Show what of an archive may go, and what that costs later; with --yes, delete it",
            Arg(("uri",), metavar="prefix", help="an archive prefix, or that of [sora] caps_book"),
            Arg(
                ("--what",),
                help="rejected, drafts, undecided, state, spending, remote, by commas (default: all, to be shown)",
            ),
            Arg(("--older-than",), type=int, default=90, metavar="DAYS", help="days, at least 1 (default: 90)"),
            Arg(("--yes",), action="store_true", help="delete what --what names; without it nothing is deleted"),
            *_STORE,
            description="Receipts, decisions, approved clips and the memory of what was made always stay.",
        ),
        _action(
            "forget",
            "forget",
            "Delete every clip about a person from the archive and off its server, and look whether all is gone",
            Arg(("uri",), metavar="prefix", nargs="?", help="the archive (default: the Airflow variable sora_archive)"),
            Arg(("--key",), required=True, help="the keyed hash (label subject), or - for the key itself, on stdin"),
            Arg(("--dry-run",), action="store_true", help="say what there is, and delete nothing"),
            *_STORE,
            description="Exit code 0: all is gone; 1: something remains, with the reason. Safe to run again.",
        ),
        _action(
            "review",
            "people.review",
            "List the clips that wait for a person's answer, or give that answer",
            Arg(("question",), nargs="?", help="DAG/RUN/TASK/INDEX, as the list shows it; none lists them"),
            Arg(("answer",), nargs="?", choices=("approve", "reject", "change"), help="that person's answer"),
            Arg(("--words",), help="why, or what is to be different"),
            _API,
            description=_IN_A_NAME,
        ),
        _action(
            "settle",
            "people.settle",
            "List the tasks whose paid request has no known outcome, or say what became of one",
            Arg(("task",), nargs="?", help="DAG/RUN/TASK/INDEX, as the list shows it; none lists them"),
            Arg(("--job",), metavar="ID", help="this job is the task's: after a clear it goes on with it"),
            Arg(
                ("--again",),
                action="store_true",
                help="none is, or another is wanted: after a clear it pays once more",
            ),
            Arg(("--sure",), action="store_true", help="whatever speaks against it"),
            Arg(("--days",), type=int, default=7, help="how far back the list looks (default: 7)"),
            _API,
            description=_IN_A_NAME,
        ),
    )
    return [GroupCommand(name="sora", help="Generated video: servers, inputs and archives", subcommands=commands)]
