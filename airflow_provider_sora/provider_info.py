"""What Airflow is told about this provider. A plain mapping: it is read while Airflow itself is still loading."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora import __version__
from airflow_provider_sora.provider_config import CONFIGURATION

#: Form fields stored in the connection's ``extra``, in the order they are shown. What they are is described in
#: :mod:`.protocol.http.extra`; written out, since this module is read by every Airflow process while it starts.
# written by python -m devtools.descriptions --write
CONNECTION_FIELDS: dict[str, Any] = {
    "dialect": {
        "label": "Dialect",
        "description": "Which kind of server this is. auto asks the server, and costs nothing.",
        "schema": {
            "type": ["string", "null"],
            "enum": [
                "auto",
                "openai",
                "animatic",
                "vllm-omni",
                "sglang",
                "dynamo",
                "litellm",
                "new-api",
                "inworld",
                "merge",
                "saygm",
                "openrouter",
                "aisix",
                "azure",
                "relay",
                "plain",
            ],
            "default": "auto",
        },
    },
    "dialect_overrides": {
        "label": "Dialect: what differs",
        "description": 'Where a gateway is not quite like the dialect above: {"create_encodings": ["json"]}.',
        "schema": {"type": ["object", "null"]},
    },
    "auth": {
        "label": "Authentication",
        "description": "How the key is sent: Authorization: Bearer, Basic, or not at all.",
        "schema": {"type": ["string", "null"], "enum": ["bearer", "basic", "none"], "default": "bearer"},
    },
    "default_model": {
        "label": "Default model",
        "description": "Model of every create that names none.",
        "schema": {"type": ["string", "null"]},
    },
    "prices": {
        "label": "Prices (USD per second)",
        "description": (
            'USD per second of video, by model and size, wildcards allowed: {"sora-2*": {"*": 0.10}}. '
            "No price, no cost estimate."
        ),
        "schema": {"type": ["object", "null"]},
    },
    "request_timeout": {
        "label": "Request timeout (seconds)",
        "description": "Seconds for one request, not for the render. Default: 120.",
        "schema": {"type": ["number", "null"], "minimum": 0.1},
    },
    "headers": {
        "label": "Further headers",
        "description": 'Sent with every request to this server: {"X-Team": "video"}.',
        "schema": {"type": ["object", "null"], "format": "password"},
    },
    "verify": {
        "label": "CA bundle",
        "description": (
            "Path of a PEM file with the certificate authority that signs the server's certificate. "
            "Default: system's authorities."
        ),
        "schema": {"type": ["string", "null"]},
    },
    "requests_per_minute": {
        "label": "Requests per minute",
        "description": (
            "Status requests from one process to this server are spread so that they stay below this. "
            "Default: no limit."
        ),
        "schema": {"type": ["number", "null"], "minimum": 0.1},
    },
    "content_hosts": {
        "label": "Hosts of finished videos",
        "description": (
            "Private hosts, beside the server's own, from which finished videos may be fetched, "
            "separated by commas: minio.internal."
        ),
        "schema": {"type": ["string", "null"]},
    },
    "egress": {
        "label": "Proxy",
        "description": (
            "How the environment's proxies are used: https (for https servers alone, where they see a "
            "tunnel), environment (for all: it reads the key on the way to a plain http server), none."
        ),
        "schema": {"type": ["string", "null"], "enum": ["https", "environment", "none"], "default": "https"},
    },
    "webhook_secret": {
        "label": "Webhook secret",
        "description": (
            "Signs what this server posts to /sora/webhooks/ and this connection's id when a video is "
            "finished (whsec_…); several while it is rotated, apart by blanks."
        ),
        "schema": {"type": ["string", "null"], "format": "password"},
    },
}
# end of what was written


def get_provider_info() -> dict[str, Any]:
    """The provider's description, in the form of Airflow's ``provider_info.schema.json``."""
    integration = "Videos API"
    return {
        "package-name": "airflow-provider-sora",
        "name": "Sora (Videos API)",
        "description": "Generated video on any server that speaks `/v1/videos`: paid once, waited for without a "
        "worker, archived with a receipt.",
        "versions": [__version__],
        "integrations": [
            {
                "integration-name": integration,
                "external-doc-url": "https://docs.litellm.ai/docs/videos",
                "tags": ["service"],
            }
        ],
        "config": CONFIGURATION,
        "operators": [
            {
                "integration-name": integration,
                "python-modules": [
                    "airflow_provider_sora.operators.video",
                    "airflow_provider_sora.operators.archive",
                    "airflow_provider_sora.operators.cut",
                    "airflow_provider_sora.operators.reshape",
                    "airflow_provider_sora.operators.budget",
                    "airflow_provider_sora.operators.review",
                ],
            }
        ],
        "hooks": [{"integration-name": integration, "python-modules": ["airflow_provider_sora.hooks.sora"]}],
        "sensors": [{"integration-name": integration, "python-modules": ["airflow_provider_sora.sensors.video"]}],
        "triggers": [{"integration-name": integration, "python-modules": ["airflow_provider_sora.triggers.video"]}],
        "task-decorators": [
            {"class-name": "airflow_provider_sora.decorators.video.sora_video_task", "name": "sora_video"},
            {"class-name": "airflow_provider_sora.decorators.video.sora_remix_task", "name": "sora_remix"},
        ],
        "cli": ["airflow_provider_sora.cli.definition.get_sora_cli_commands"],
        "extra-links": [
            "airflow_provider_sora.links.video.ArchivedVideoLink",
            "airflow_provider_sora.links.video.IndexPageLink",
        ],
        "connection-types": [
            {
                "connection-type": "sora",
                "hook-class-name": "airflow_provider_sora.hooks.sora.SoraHook",
                "hook-name": "Sora (Videos API)",
                "ui-field-behaviour": {
                    "hidden-fields": ["schema"],
                    "relabeling": {
                        "host": "Base URL",
                        "password": "API key",
                        "login": "User (basic auth only)",
                        "port": "Port (0: as in Base URL)",
                    },
                    "placeholders": {
                        "host": "http://127.0.0.1:8765/v1",
                        "password": "leave blank where the server wants none",
                        "port": "type 0, or Airflow's Test icon answers 400",
                    },
                },
                "conn-fields": CONNECTION_FIELDS,
            }
        ],
    }
