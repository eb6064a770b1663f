"""What Airflow is told about this provider. A plain mapping: it is read while Airflow itself is still loading."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora import __version__

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

#: Options in ``airflow.cfg``.
CONFIGURATION: dict[str, Any] = {
    "sora": {
        "description": "Generated video (airflow-provider-sora).",
        "options": {
            "input_paths": {
                "description": "Folders, buckets and web addresses from which feeds, catalogues, pictures, videos and "
                "styles may be read, separated by commas. A file of a worker is read only below one of these folders "
                "or below the deployment's own DAG folders, and an error quotes column names only of what lies in "
                "one of them. A web address named here may be a host of your own: http://, private, loopback.",
                "version_added": __version__,
                "type": "string",
                "example": "/data/shop, gs://my-bucket/exports, https://shop.example/exports",
                "default": "",
            },
            "archives": {
                "description": "Where archived clips lie, for the gallery: prefixes apart by commas. A connection "
                "with the credentials stands before the bucket; the API server reads there.",
                "version_added": __version__,
                "type": "string",
                "example": "gs://google_default@my-bucket, s3://aws_default@clips/shop",
                "default": "",
            },
            "signed_links": {
                "description": "For so many seconds, at most 3600, a browser that plays a video of the gallery gets an "
                "address of the store itself, where the store and its credentials can sign one; 0: never, bytes go "
                "through the API server. Whoever has such an address can read that video until it is outdated.",
                "version_added": __version__,
                "type": "integer",
                "example": "300",
                "default": "0",
            },
            "withdrawn": {
                "description": "What becomes of an approved clip's copy when it is withdrawn: remove, or keep its "
                "video, stills and receipt. publish.json, by which others publish, is removed either way.",
                "version_added": __version__,
                "type": "string",
                "example": "keep",
                "default": "remove",
            },
            "caps": {
                "description": "What all DAGs together may pay for in a month or a day, in all or for each value of a "
                "label: a JSON list. A request that does not fit is not sent. Months and days are those of "
                "[core] default_timezone.",
                "version_added": __version__,
                "type": "string",
                "example": '[{"per": "month", "usd": 500}, {"per": "month", "label": "brand", "usd": 100}]',
                "default": "",
            },
            "caps_book": {
                "description": "Where every paid request is entered before it is sent, for the caps: a prefix that all "
                "workers can read and write, best in a store that refuses a second object of a name. A connection with "
                "the credentials stands before the bucket.",
                "version_added": __version__,
                "type": "string",
                "example": "gs://google_default@my-bucket/caps",
                "default": "",
            },
            "deployment_id": {
                "description": "Tells this Airflow from another one with the same DAGs on the same server. Only tasks "
                "without a recovery record need it (Airflow 3.2, or durable=False): their Idempotency-Key is computed "
                "from DAG, run, task and map index, which are the same in staging and production. The same on every "
                "worker; changing it makes such tasks pay anew.",
                "version_added": __version__,
                "type": "string",
                "example": "production",
                "default": "",
            },
        },
    }
}


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
