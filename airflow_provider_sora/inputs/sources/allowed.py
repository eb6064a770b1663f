"""Which files of this worker an input may name, and whose contents an error may quote: one rule for all readers.

A worker's disk holds keys and other people's data, and whoever may trigger a DAG may not read them. So a local path
is read only below the folders that the deployment names in ``[sora] input_paths``, and below its own DAG folders,
since whatever lies there runs on this worker anyway. Links and ``..`` are resolved before the rule is applied.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from airflow_provider_sora.exceptions import InvalidRequestError

#: The option of Airflow's configuration; as a variable of the environment ``AIRFLOW__SORA__INPUT_PATHS``.
SECTION, OPTION = "sora", "input_paths"
#: Schemes that mean a file of this worker, to us or to fsspec.
_LOCAL = ("file", "local")


def local_path(source: str) -> str | None:
    """The path on this worker that ``source`` names, as itself or as ``file://``; None for every other address.

    :raises ValueError: a ``file://`` address that is none.
    """
    scheme, found, _ = source.partition("://")
    if not found:
        return source
    if scheme.lower() not in _LOCAL:
        # fsspec reads "zip://inner::/etc/archive" from whatever the last part names, a file of this worker too.
        if "::" in source and scheme.lower() not in ("http", "https"):
            raise ValueError("an address within another address is not read")
        return None
    parts = urlsplit(source)
    if parts.netloc not in ("", "localhost"):
        raise ValueError(f"it names the host {parts.netloc!r}, but a file:// address has none (file:///path)")
    return url2pathname(parts.path)


def checked_path(path: str, *, said: str = "") -> str:
    """The real path of a local file, links resolved, if inputs may lie there.

    :param said: how an error names it.
    :raises InvalidRequestError: it lies elsewhere. The error does not say whether there is such a file.
    """
    said = said or path
    try:
        real = os.path.realpath(os.path.expanduser(path))
    except (OSError, ValueError) as error:
        raise InvalidRequestError(f"{said} is no path: {error}.", step="check the address.") from error
    if any(_below(real, folder) for folder in _folders()):
        return real
    raise InvalidRequestError(
        f"{said} lies outside the folders from which this deployment lets inputs be read.",
        step=(
            f"put it below the DAG folder, or have whoever runs this Airflow add its folder to [{SECTION}] {OPTION}."
        ),
    )


def named(source: str) -> bool:
    """Whether the deployment names the place where ``source`` lies as one for inputs, so that an error about it may
    quote its column names, and, of a web address, so that it may be a host of the deployment's own."""
    try:
        path = local_path(source)
    except ValueError:
        return False
    if path is not None:
        return any(_below(os.path.realpath(os.path.expanduser(path)), folder) for folder in _folders())
    place = _address(source)
    return any(place == one or place.startswith(one.rstrip("/") + "/") for one in map(_address, _addresses()))


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _address(source: str) -> str:
    """An address without connection, query and dot segments, for comparison. A host may read ``%2e%2e`` and ``..\\`` as
    it reads ``../``, so they are taken so here."""
    scheme, _, rest = source.partition("://")
    place, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    while (plain := unquote(path).replace("\\", "/")) != path:
        path = plain
    path = os.path.normpath("/" + path).lstrip("/") if slash else ""
    scheme = {"gcs": "gs", "s3a": "s3"}.get(scheme.lower(), scheme.lower())
    return f"{scheme}://{place.rpartition('@')[2].lower()}/{path}".rstrip("/")


def _configured() -> list[str]:
    from airflow.sdk import conf

    value = conf.get(SECTION, OPTION, fallback="") or ""
    return [place for place in (part.strip() for part in re.split(r"[,\n]", value)) if place]


def _addresses() -> list[str]:
    """Buckets and web addresses that the deployment names."""
    return [place for place in _configured() if local_path(place) is None]


def _folders() -> list[str]:
    """The folders that inputs may lie in, links resolved."""
    mine = [local_path(place) or "" for place in _configured()]
    return [os.path.realpath(os.path.expanduser(folder)) for folder in (*mine, *_dag_folders()) if folder]


def _dag_folders() -> Iterator[str]:
    """Where this deployment's DAG files lie: the DAG folder, local bundles, and where other bundles are put."""
    from airflow.sdk import conf

    yield conf.get("core", "dags_folder", fallback="") or ""
    yield conf.get("dag_processor", "dag_bundle_storage_path", fallback="") or os.path.join(
        tempfile.gettempdir(), "airflow", "dag_bundles"
    )
    try:
        bundles = json.loads(conf.get("dag_processor", "dag_bundle_config_list", fallback="") or "[]")
    except ValueError:
        return  # Airflow itself refuses to start with such a list
    for bundle in bundles if isinstance(bundles, list) else ():
        arguments = bundle.get("kwargs") if isinstance(bundle, dict) else None
        if isinstance(arguments, dict) and isinstance(arguments.get("path"), str):
            yield arguments["path"]
