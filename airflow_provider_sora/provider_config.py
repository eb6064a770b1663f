"""The options of the section ``[sora]`` of ``airflow.cfg``, as Airflow lists them. Imports nothing of Airflow."""

from __future__ import annotations

from typing import Any

from airflow_provider_sora import __version__

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
