"""Reference pictures and source videos that come with a request, in each of their spellings."""

from __future__ import annotations

import base64
import binascii
import io
import json
from typing import Any

from PIL import Image, UnidentifiedImageError

from airflow_provider_sora.animatic.dialects.base import Dialect
from airflow_provider_sora.animatic.errors import ApiError, invalid_type, wrong_picture_size
from airflow_provider_sora.animatic.forms import Form
from airflow_provider_sora.animatic.jobs.store import Store
from airflow_provider_sora.animatic.settings import ServerSettings

LONGEST_URL = 20_971_520
MOST_BYTES = 64 * 1024 * 1024
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}


def _bad(message: str, code: str = "invalid_image") -> ApiError:
    return ApiError(400, message, param="input_reference", code=code)


def read_picture(data: bytes, size: str, *, exact: bool) -> str:
    """The file suffix of a picture that may be used.

    :param exact: whether its pixels must equal ``size``, as the original demanded.
    :raises ApiError: when it is no JPEG, PNG or WebP, or of another size.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            kind, pixels = picture.format, picture.size
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _bad("Invalid image: it could not be read as a JPEG, PNG or WebP.") from error
    if kind not in SUFFIXES:
        raise _bad(f"Unsupported image type {kind}: expected image/jpeg, image/png or image/webp.", "unsupported_file")
    if exact and f"{pixels[0]}x{pixels[1]}" != size:
        raise wrong_picture_size(pixels, size)
    return SUFFIXES[kind]


def from_data_url(url: str) -> bytes:
    """The bytes of a base64 data URL."""
    head, comma, body = url.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise _bad("Invalid image_url: expected a base64 data URL or an http(s) address.", "invalid_image_url")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise _bad("Invalid image_url: the data is not base64.", "invalid_image_url") from error


def fetch(url: str, settings: ServerSettings) -> bytes:
    """The picture at an address, as the original fetched it: at most 64 MB, within 15 seconds."""
    if not isinstance(url, str) or len(url) > LONGEST_URL:
        raise _bad(f"Invalid image_url: expected a string with maximum length {LONGEST_URL}.", "invalid_image_url")
    if not url.startswith(("http://", "https://")):
        return from_data_url(url)
    if not settings.image_hosts:
        raise _bad("Failed to download the image: this server fetches no pictures.", "image_download_failed")
    import httpx

    try:
        with httpx.stream("GET", url, timeout=15.0, follow_redirects=True) as answer:
            answer.raise_for_status()
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    raise _bad("Failed to download the image: it is too large.", "image_download_failed")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _bad(f"Failed to download the image: {type(error).__name__}.", "image_download_failed") from error
    return bytes(body)


def _wanted(form: Form, dialect: Dialect) -> Any:
    """The reference as sent outside a file part: a string, an object, or None."""
    for name in ("input_reference", "reference_url", "image_reference", "image"):
        value = form.fields.get(name)
        if value is None or (name != "input_reference" and name not in dialect.extra_fields):
            continue
        if isinstance(value, str) and value.lstrip().startswith("{"):
            try:
                return json.loads(value)
            except ValueError as error:
                raise _bad(f"Invalid '{name}': the JSON could not be parsed.") from error
        return value
    return None


def reference(form: Form, size: str, settings: ServerSettings, dialect: Dialect, store: Store) -> str | None:
    """Store the request's reference picture; its file name, or None when there is none.

    Runs outside the event loop: it may fetch an address.

    :raises ApiError: when the picture or its form is refused.
    """
    exact = dialect.size_rule == "model"
    if upload := form.files.get("input_reference"):
        if "file" not in dialect.reference_forms:
            raise _bad("This server takes no file parts.")
        return store.keep_upload(upload.data, read_picture(upload.data, size, exact=exact))
    wanted = _wanted(form, dialect)
    if wanted is None:
        return None
    if isinstance(wanted, str):
        if "string" not in dialect.reference_forms:
            raise invalid_type("input_reference", "an object with one of 'image_url' or 'file_id'", wanted)
        data = fetch(wanted, settings)
    elif isinstance(wanted, dict):
        data = _from_object(wanted, settings, dialect, store)
    else:
        raise invalid_type("input_reference", "an object", wanted)
    return store.keep_upload(data, read_picture(data, size, exact=exact))


def _from_object(wanted: dict[str, Any], settings: ServerSettings, dialect: Dialect, store: Store) -> bytes:
    if "object" not in dialect.reference_forms and "image_url" not in dialect.reference_forms:
        raise invalid_type("input_reference", "a string", wanted)
    given = [name for name in ("image_url", "file_id") if wanted.get(name)]
    if len(given) != 1:
        raise _bad("Provide exactly one of 'image_url' or 'file_id' in 'input_reference'.", "invalid_value")
    if given == ["image_url"]:
        return fetch(wanted["image_url"], settings)
    if "object" not in dialect.reference_forms:
        raise _bad("file_id is not supported by this server.")
    record = store.get_record("file", str(wanted["file_id"]))
    if record is None:
        raise ApiError(404, f"No such File object: {wanted['file_id']}", param="input_reference", code="file_not_found")
    return (store.uploads / record["name"]).read_bytes()
