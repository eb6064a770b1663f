"""Small JSON documents in the archive's own store: written once, read back, never changed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.paid import said

if TYPE_CHECKING:
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.options import ArchiveOptions


log = logging.getLogger(__name__)


class JsonStore:
    """JSON under one prefix. Create-only, so two tasks that race agree on what the first one wrote.

    :param store: where it lies; see :func:`open_json_store` for one from a URL.
    """

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    def put(self, name: str, value: Any) -> bool:
        """Write ``value`` under a new name. True if this call wrote it, False if the name was taken.

        :raises ArchiveError: the store failed; the document may be there or not, so look again before going on.
        """
        from airflow_provider_sora.stores.contract import NameTakenError

        data = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()
        try:
            self.store.put_bytes(name, data, content_type="application/json", metadata={})
        except NameTakenError:
            return False
        return True

    def get(self, name: str) -> Any | None:
        """The document, or None when there is none.

        :raises ArchiveError: it is there, but no JSON, or the store failed.
        """
        if self.store.look(name) is None:
            return None
        try:
            return json.loads(self.store.read_bytes(name))
        except ValueError as error:
            raise ArchiveError(
                f"{self.store.destination.join(name)} is not JSON ({error}).", cost=said(), step="look at it by hand."
            ) from error

    def keep(self, name: str, value: Any) -> Any:
        """Write ``value``, or read what is there already: what counts from now on, whoever wrote it."""
        return value if self.put(name, value) else self.get(name)

    def replace(self, name: str, value: Any) -> None:
        """Put ``value`` where anything or nothing is; for what may be lost and costs nothing then.

        Somebody who writes at the same moment wins. An account that may only add to the bucket leaves it as it is.
        """
        from airflow_provider_sora.stores.contract import NameTakenError

        data = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()
        try:
            self.store.replace(name, data, content_type="application/json", expected=self.store.look(name))
        except NameTakenError:
            log.info("%s was written by somebody else at this moment.", name)
        except ConfigurationError as error:
            log.warning("%s was left as it is, which costs nothing but a longer look at the next run: %s", name, error)

    def names(self, prefix: str) -> Iterator[str]:
        """Names below ``prefix``, in order, relative to the store's own prefix."""
        return (found.name for found in self.store.list(prefix))


def open_json_store(destination: str, options: ArchiveOptions | None = None) -> JsonStore:
    """The documents below a destination URL; ``options`` name the credentials.

    :raises ConfigurationError: the destination is no URL of a store.
    """
    from airflow_provider_sora.stores.open import open_store

    return JsonStore(open_store(destination, options))
