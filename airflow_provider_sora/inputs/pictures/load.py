"""One call from the user's ``input_reference`` to the bytes that are sent."""

from __future__ import annotations

import hashlib
import os
import re

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.pictures import picture
from airflow_provider_sora.inputs.sources import pictures as sources
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.protocol.submission import Reference

#: What the protocol allows a picture to weigh.
DEFAULT_MAX_BYTES = 20 * 1024 * 1024
#: Seconds for fetching a picture from a web host, from the look-up of its name to its last byte.
DEFAULT_TIMEOUT = 30.0

FITS = ("exact", "cover", "contain")
_SIZE = re.compile(r"^([1-9]\d{0,4})x([1-9]\d{0,4})$")


def load_reference(
    source: str | os.PathLike[str],
    *,
    size: str | None,
    fit: str = "exact",
    pad_color: str = "#000000",
    allow_private_hosts: bool = False,
    max_bytes: int = DEFAULT_MAX_BYTES,
    timeout: float = DEFAULT_TIMEOUT,
    conn_id: str | None = None,
    data: bytes | None = None,
) -> Reference:
    """Fetch a picture, check it, make it fit, and say what will be sent.

    The same input always gives the same bytes, so a retry has the same fingerprint. A picture that needs no
    change is sent exactly as it was found; otherwise a JPEG stays a JPEG and the others become PNG.

    :param source: a local path, ``file://``, ``gs://`` or any other ObjectStoragePath URL, ``https://``,
        a ``data:`` URL, or the id of a file uploaded to the server (``file-…``, or ``file_id:ID``), which
        is passed on unseen.
    :param size: ``"1280x720"`` and the like; None when the server chooses, and then nothing can be fitted.
    :param fit: ``exact`` refuses a picture of another size, ``cover`` fills ``size`` and cuts what overhangs,
        ``contain`` shows the whole picture on ``pad_color``.
    :param pad_color: ``#rrggbb`` or a CSS colour name; also what shows through where the picture is transparent.
    :param allow_private_hosts: let web addresses be plain ``http://`` and lead into private networks or this
        machine. Only for hosts you run yourself: whoever writes the address can then make a worker look at
        anything the worker can reach.
    :param max_bytes: the largest file that is read.
    :param timeout: seconds that a web host has for the whole answer, redirects included.
    :param conn_id: Airflow connection for object stores; a connection id in the URL does as well.
    :param data: the picture's bytes where they have been read before; ``source`` only names them then.
    :raises InvalidRequestError: the picture is missing, refused, no picture, of another type or size.
        Nothing was paid, and the same input will be refused again.
    :raises ServerFaultError: the picture's host failed for the moment. Nothing was paid; safe to repeat.
    """
    text = os.fspath(source).strip()
    if not text:
        raise InvalidRequestError("input_reference is empty.", step="leave it out, or name a picture.")
    target = _target(size, fit)
    file_id = sources.uploaded_file_id(text)
    if file_id is not None:
        return Reference(file_id=file_id, origin=f"file_id:{file_id}")
    origin = shown(text)
    if data is None:
        data = sources.fetch(
            text, max_bytes=max_bytes, timeout=timeout, conn_id=conn_id, allow_private_hosts=allow_private_hosts
        )
    fitted = picture.prepare(data, target=target, fit=fit, pad_color=pad_color, origin=origin)
    return Reference(
        data=fitted.data,
        content_type=f"image/{fitted.kind}",
        file_name="reference." + {"jpeg": "jpg"}.get(fitted.kind, fitted.kind),
        sha256=hashlib.sha256(fitted.data).hexdigest(),
        width=fitted.width,
        height=fitted.height,
        origin=origin,
    )


def _target(size: str | None, fit: str) -> tuple[int, int] | None:
    if fit not in FITS:
        raise InvalidRequestError(f"reference_options.fit is {fit!r}, allowed are {', '.join(FITS)}.")
    if size is None:
        if fit != "exact":
            raise InvalidRequestError(
                f"The fit {fit!r} needs a size to fit the picture to, but size is not set.",
                step="set size, for example size='1280x720'.",
            )
        return None
    found = _SIZE.match(size)
    if not found or int(found[1]) * int(found[2]) > picture.MAX_PIXELS:
        raise InvalidRequestError(f"size is {size!r}, but must be width x height in pixels, like '1280x720'.")
    return int(found[1]), int(found[2])
