"""Params that every DAG of clips has; what a run may cost, where its clips go, and through which connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import Param


def place_params(timezone: str) -> dict[str, Param]:
    """Where a run's clips go.

    :param timezone: IANA name of the zone in which paths give dates and times.
    """
    return {
        "destination": Param(None, type=["string", "null"], description="Prefix URL; else the Variable sora_archive"),
        "timezone": Param(timezone, type="string", description="Dates and times in paths"),
    }


def remix_params(*, fallback: bool = False) -> dict[str, Param]:
    """Whether a chain goes beyond its first clip.

    :param fallback: for a chain with ``variant_fallback``: what is done on a server without remix. The pattern takes
        the words of 0.1 too.
    """
    remix = Param("on", enum=["on", "off", True, False], type=["string", "boolean"])
    if not fallback:
        return {"remix": remix}
    without = Param(
        "fail",
        type="string",
        examples=["fail", "recreate"],
        pattern="^(fail|recreate|none|create)$",
        description="Variants on a server without remix",
    )
    return {"remix": remix, "variant_fallback": without}


def usual_params(*, draft_model: str | None = None) -> dict[str, Param]:
    """What is asked of the server, what the run may cost, whom it tells, and its connections.

    :param draft_model: make every clip as a draft with this model first; only what people approve is made again, with
        ``model``. None makes every clip at once. It is the default of the param with that name.

    The tasks of a :class:`~airflow_provider_sora.kit.chain.ClipChain` read ``sora_conn_id``, ``gcp_conn_id``,
    ``poll_interval`` and ``max_jobs_per_clip``; :func:`~airflow_provider_sora.kit.tasks.choose` and
    :func:`~airflow_provider_sora.kit.tasks.report` read the others.
    """
    return {
        "model": Param(None, type=["string", "null"]),
        "draft_model": Param(
            draft_model, type=["string", "null"], description="Drafts first; approved ones again with model"
        ),
        "seconds": Param(4, type="integer", minimum=1),
        "size": Param("1280x720", type="string"),
        "max_cost_usd": Param(None, type=["number", "null"], minimum=0, description="This run; the rest waits"),
        "daily_budget_usd": Param(None, type=["number", "null"], minimum=0, description="All runs of the day"),
        "max_jobs_per_clip": Param(
            6, type="integer", minimum=1, description="Paid jobs, failed ones too; then no more"
        ),
        "max_failed_share": Param(0.5, type="number", minimum=0, maximum=1),
        "dry_run": Param(False, type="boolean", description="Write the index with prompts and cost; submit nothing"),
        "notify_conn_id": Param(None, type=["string", "null"], description="HTTP connection told of failures"),
        "page_language": Param("en", enum=["en", "ja"], description="Words of the index pages"),
        "sora_conn_id": Param("sora_default", type="string"),
        "gcp_conn_id": Param(None, type=["string", "null"]),
        "poll_interval": Param(15, type="number", minimum=0.1),
    }


def campaign_params(
    *,
    table: str,
    template: str,
    axes: Mapping[str, Any] | None = None,
    share: float = 1,
    name: str = "campaign",
    key_column: str = "sku",
    title_column: str | None = None,
    photo_column: str | None = None,
    private_columns: Sequence[str] = (),
) -> dict[str, Param]:
    """What a campaign is made of; the arguments are the defaults of the params.

    :param table: path or URL of a table in any format that :func:`~..inputs.catalogues.named_rows.read_rows` reads.
    :param template: the prompt, with places for columns and axes: ``Close-up of {name}, {light}.``
    :param axes: what varies: ``{"light": ["morning", "evening"]}``, or words for each value; axes called ``size``,
        ``seconds`` or ``model`` vary what is asked of the server.
    :param share: what part of the combinations is made, above 0 and at most 1.
    :param key_column: the column by which people call a row; ``title_column`` and ``photo_column`` may be None.
    :param private_columns: columns that shape the prompt and stand nowhere else; for a chain with ``private=True``.
    """
    return {
        "campaign": Param(name, type="string", minLength=1, description="Its name in labels and on pages"),
        "table": Param(table, type="string", description="A shop's export, or any table: path or URL"),
        "columns": Param(None, type=["object", "null"], description='Fields of a shop\'s table: {"photo": "Bild 1"}'),
        "encoding": Param(None, type=["string", "null"], description="Of the table, where it cannot be told"),
        "template": Param(template, type="string", description="The prompt, with places such as {name}"),
        "axes": Param(dict(axes or {}), type="object", description='What varies: {"light": ["morning", "evening"]}'),
        "share": Param(
            share, type="number", exclusiveMinimum=0, maximum=1, description="What part of the combinations"
        ),
        "key_column": Param(key_column, type="string", description="By which people call a row"),
        "title_column": Param(title_column, type=["string", "null"], description="Shown on pages"),
        "photo_column": Param(photo_column, type=["string", "null"], description="The picture that clips start from"),
        "private_columns": Param(
            list(private_columns), type="array", items={"type": "string"}, description="Shape the prompt, stand nowhere"
        ),
        "pad_color": Param("#000000", type="string", description="Around a photo of another shape"),
        "force": Param(False, type="boolean", description="Make clips again that are there"),
        "max_items": Param(100, type="integer", minimum=1, maximum=1000, description="Clips of this run"),
    }
