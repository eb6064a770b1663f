"""Which picture a catalogue's cell, or a storyboard, names. They come from outside, so they may not name just anything.

Allowed is what lies below the file's own folder, a public ``https://`` address, and a bucket that the run's own
connection may read: no other file of the worker, no other connection of Airflow, no other kind of server.
"""

from __future__ import annotations

import os
import re

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.sources.documents import local_path
from airflow_provider_sora.words.text import address

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)")
# http:// is no public address; it is refused where pictures are fetched, with a hint.
_ALLOWED = ("https", "http", "gs", "gcs", "s3", "s3a", "abfs", "abfss")
_ALSO = "https:// or a bucket such as gs://"


def photo_address(
    cell: object, source: str, *, gcp_conn_id: str | None = None, what: str = "photo", file: str = "the catalogue"
) -> str:
    """The path or address of the photo that ``cell`` names in the file ``source``; ``""`` for an empty cell.

    :param gcp_conn_id: the connection that reads Cloud Storage; it stands in the address from then on.
    :param what: what errors call it; ``file``: what ``source`` is.
    :raises InvalidRequestError: the cell names what a catalogue may not name; the message is the reason.
    """
    text, hint = address(cell), f"give a path below {file}'s folder, {_ALSO}"
    if text is None:
        raise InvalidRequestError(f"{what} is longer than 4000 characters or holds control characters")
    if not text:
        return ""
    if text[:5].lower() == "data:":
        raise InvalidRequestError(f"{what} holds its content itself, which would go through every task; {hint}")
    found = _SCHEME.match(text)
    if not found:
        return _connected(_beside(text, source, f"{what} leads out of {file}'s folder; {hint}"), gcp_conn_id)
    if found[1].lower() not in _ALLOWED:
        raise InvalidRequestError(f"{what} is a {found[1][:20]}:// address; {hint}")
    if "@" in found[2]:
        raise InvalidRequestError(
            f"{what} names a user or a connection; the run's own connection reads it, without one"
        )
    return _connected(text, gcp_conn_id)


def _connected(photo: str, gcp_conn_id: str | None) -> str:
    scheme, _, rest = photo.partition("://")
    if not gcp_conn_id or scheme.lower() not in ("gs", "gcs") or "@" in rest.partition("/")[0]:
        return photo
    return f"{scheme}://{gcp_conn_id}@{rest}"


def _beside(photo: str, source: str, outside: str) -> str:
    catalogue = local_path(source)
    if catalogue is not None:
        folder = os.path.abspath(os.path.dirname(catalogue))
        path = os.path.abspath(os.path.join(folder, photo))
        if os.path.commonpath((folder, path)) == folder:
            return path
        raise InvalidRequestError(outside, reason="outside")
    if photo.startswith("/") or os.path.normpath(photo).startswith(".."):
        raise InvalidRequestError(outside, reason="outside")
    if source.lower().startswith(("http://", "https://")):
        source = re.split(r"[?#]", source, maxsplit=1)[0]
    return f"{source.rpartition('/')[0]}/{photo}"
