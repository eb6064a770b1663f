"""A file system's errors as ours; errors of the source pass as they are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError, SoraError
from airflow_provider_sora.stores.contract import NameTakenError, StoreFaultError


@contextlib.contextmanager
def told(action: str, where: str) -> Iterator[None]:
    """:param action: what is being done, as a verb; ``where``: to what."""
    try:
        yield
    except SoraError:
        raise
    except FileExistsError as error:
        raise NameTakenError(f"{where} exists already.") from error
    except PermissionError as error:
        raise ConfigurationError(
            f"Not allowed to {action} {where}: {error}. Nothing was stored; a retry costs no second render. "
            "Check the storage connection's permissions."
        ) from error
    except FileNotFoundError as error:
        if action == "read":
            raise ArchiveError(f"{where} does not exist (any more).") from error
        raise ConfigurationError(
            f"Could not {action} {where}: the bucket does not exist, or may not be seen. Nothing was stored."
        ) from error
    except Exception as error:
        status, code = _status(error)
        if status in (401, 403):
            raise ConfigurationError(
                f"Not allowed to {action} {where}: HTTP {status} {code}. Nothing was stored; a retry costs no second "
                "render. Check the storage connection's key and permissions."
            ) from error
        raise StoreFaultError(
            f"Could not {action} {where}: {type(error).__name__}: {error}", status_code=status
        ) from error


def _status(error: BaseException | None) -> tuple[int | None, str]:
    """The HTTP status and the store's own word for it, of the error or of what caused it: adlfs wraps some."""
    while error is not None:
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            return status, str(getattr(error, "error_code", None) or getattr(error, "reason", None) or "")
        error = error.__cause__
    return None, ""
