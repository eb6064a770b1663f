"""Errors of Cloud Storage, its transport and its login as ours: what is stored now, what is paid, what to do."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, CorruptObjectError, SoraError
from airflow_provider_sora.stores.contract import NameTakenError, StoreFaultError

if TYPE_CHECKING:
    from airflow_provider_sora.stores.destination import Destination


@contextlib.contextmanager
def told(destination: Destination, action: str, name: str) -> Iterator[None]:
    """Turn the library's errors into ours; errors of the source pass as they are.

    ``from None``, since the library's own text holds the address of the upload session, which is a key.
    """
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError, MalformedError
    from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
    from requests.exceptions import RequestException

    where = destination.join(name) if name else destination.uri
    try:
        yield
    except SoraError:
        raise
    except GoogleAPICallError as error:
        if isinstance(error.__context__, DataCorruption):
            # The library found other bytes than it sent, and its attempt to delete them was refused.
            raise CorruptObjectError(
                f"{where} does not hold what was sent, and it could not be removed: {_said(error)} The video is "
                "paid for and still on the server. Remove that object, then clear the task: no second render.",
                status_code=error.code,
            ) from None
        raise _refused(destination, action, where, error.code, error) from None
    except InvalidResponse as error:
        raise _refused(destination, action, where, error.response.status_code, error) from None
    except (DefaultCredentialsError, MalformedError) as error:
        raise ConfigurationError(
            f"Could not {action} {where}: no usable Google credentials ({type(error).__name__}: {_said(error)}). "
            "Nothing was stored; a retry costs no second render."
        ) from None
    except (GoogleAuthError, DataCorruption, RetryError, RequestException, OSError, ValueError) as error:
        # Of the credentials' errors these may be outages: Google's identity service answers 503 and 429 too.
        raise StoreFaultError(f"Could not {action} {where}: {type(error).__name__}: {_said(error)}") from None


def _refused(destination: Destination, action: str, where: str, status: Any, error: Exception) -> SoraError:
    code = int(status) if status is not None else 0
    if code == 412:
        return NameTakenError(f"{where} exists already.", status_code=412)
    if code == 403 and action == "replace":
        return ConfigurationError(
            f"Not allowed to replace {where}. It is as it was, and no video or receipt was touched. Replacing an "
            "object needs storage.objects.delete besides roles/storage.objectCreator: grant it on pages (names that "
            "end in index.html and index.json) and on what feeds were last asked with (state/…/feeds/), and on "
            "nothing else.",
            status_code=403,
        )
    if code == 403 and action == "delete":
        return ConfigurationError(
            f"Not allowed to delete {where}. It is still there. Deleting needs storage.objects.delete besides "
            "roles/storage.objectCreator: grant it on names that begin with approved/, and on nothing else.",
            status_code=403,
        )
    if code == 403:
        kept = "Nothing was stored"
        if action in ("store", "look at", "read"):
            kept += "; the video is paid for and a retry costs no second render"
        return ConfigurationError(
            f"Not allowed to {action} {where}. {kept}. Grant roles/storage.objectCreator and "
            "roles/storage.objectViewer on the bucket.",
            status_code=403,
        )
    if code == 404 and action in ("list", "ask the permissions of", "begin an upload to"):
        return no_bucket(destination)
    if code == 404 and action == "read":
        return ArchiveError(f"{where} does not exist (any more).", status_code=404)
    return StoreFaultError(f"Could not {action} {where}: HTTP {code}: {_said(error)}", status_code=code)


def no_bucket(destination: Destination) -> ConfigurationError:
    return ConfigurationError(
        f"Bucket {destination.bucket!r} does not exist, or may not be seen. Nothing was stored. "
        "Create it, or correct the destination.",
        status_code=404,
    )


def _said(error: Exception) -> str:
    """The error's text without the queries of its addresses: they name upload sessions, and those are keys.

    Of an address the transport may quote the path alone: ``Max retries exceeded with url: /upload/…?upload_id=…``.
    """
    return re.sub(r"((?:https?:/)?/[^\s?'\"]+)\?[^\s'\"]*", r"\1", str(error))
