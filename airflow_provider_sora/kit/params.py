"""Params that every DAG of clips has; what a run may cost, where its clips go, and through which connections."""

from __future__ import annotations

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
