"""Ask a server who it is, without paying: GETs only, and the key goes to the connection's own host only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from airflow_provider_sora.protocol.answers.errors import NoAnswer
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.reading.envelope import Answer
from airflow_provider_sora.protocol.missing import PROBE_ID
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import LITELLM, SGLANG, VLLM_OMNI
from airflow_provider_sora.protocol.servers.fingerprints import (
    OWN_ROUTES,
    Finding,
    by_headers,
    by_host,
    by_list,
    by_models,
    by_own_route,
    by_page,
    by_status_page,
    by_unknown_id,
    resemblance,
)

PROBE_TIMEOUT = 10.0
#: LiteLLM builds its two megabytes of OpenAPI at the first request for them, and answers nobody meanwhile.
PAGE_TIMEOUT = 45.0
_VERSION_PAGES = {VLLM_OMNI.name: "/version", SGLANG.name: "/server_info"}


class Probe:
    """The questions, in the order in which they are sure.

    :ivar troubled: a question met a refusal or no answer, so what was found is not worth remembering.
    """

    def __init__(self, client: VideosClient, settings: ConnectionSettings) -> None:
        self.client = client
        self.settings = settings
        self.troubled = False
        self.silent: NoAnswer | None = None

    def finding(self) -> Finding | None:
        """What the server gives away; None where nothing in its answers looks like anything.

        :raises NoAnswer: nothing answers, or a question without an answer leaves open what else it may be.
        """
        hosted = by_host(urlsplit(self.settings.base_url).hostname or "")
        if hosted is not None:
            return hosted
        page = self.get(self.settings.root_url + "/openapi.json", with_key=False, timeout=PAGE_TIMEOUT)
        listed = by_page(page.json()) if page.status == 200 else None
        found = listed if listed is not None and listed.recognised else self._without_page(listed)
        if self.silent is not None and (found is None or not found.recognised):
            raise self.silent
        if found is not None and found.recognised and found.version is None:
            found = replace(found, version=self._version(found.dialect))
        return found

    def _without_page(self, listed: Finding | None) -> Finding | None:
        """What the other answers tell. A page keeps its word about what its server can do: only a name overrules it."""
        models = self.get("/models")
        if models.status in (401, 403, 429) or models.status >= 500:
            self.troubled = True
        found = by_headers(models) or self._by_pages()
        if found is not None:
            return found
        like = by_models(models)
        if listed is None:
            if like is not None and not like.recognised:
                like = self._made_sure(like)
            return like or self._by_shapes()
        if listed.like is not None:
            return listed
        like = like or self._by_shapes()
        if like is None:
            return listed
        make = like.like or like.dialect
        return resemblance(make, "by some of its answers, with the abilities of its OpenAPI page", listed.dialect)

    def _by_pages(self) -> Finding | None:
        alive = self.get(self.settings.root_url + "/health/liveliness", with_key=False)
        if alive.status == 200 and alive.json() == "I'm alive!":
            return Finding(LITELLM, "by its health page")
        return by_status_page(self.get(self.settings.root_url + "/api/status", with_key=False))

    def _made_sure(self, found: Finding) -> Finding:
        route = OWN_ROUTES.get(found.like.name) if found.like is not None else None
        if route is None or found.like is None:
            return found
        path, at_root = route
        answer = self.get(self.settings.root_url + path, with_key=False) if at_root else self.get(path)
        return by_own_route(found.like, answer) or found

    def _by_shapes(self) -> Finding | None:
        questions: tuple[tuple[str, Callable[[Answer], Finding | None]], ...] = (
            (f"/videos/{PROBE_ID}", by_unknown_id),
            ("/videos?limit=1", by_list),
        )
        for path, reader in questions:
            found = reader(self.get(path))
            if found is not None:
                return found
        return None

    def _version(self, dialect: Dialect) -> str | None:
        path = _VERSION_PAGES.get(dialect.name)
        if path is None:
            return None
        answer = self.get(self.settings.root_url + path)
        found = answer.json() if answer.status == 200 else None
        version = found.get("version") if isinstance(found, dict) else None
        return version[:40] if isinstance(version, str) and version else None

    def get(self, url: str, with_key: bool = True, timeout: float = PROBE_TIMEOUT) -> Answer:
        """One question; a single one without an answer is passed over as long as another one tells who answers."""
        try:
            return self.client.get(url, with_key=with_key, timeout=min(timeout, self.settings.timeout))
        except NoAnswer as failure:
            self.troubled = True
            if not failure.connected or self.silent is not None:
                raise
            self.silent = failure
            return Answer(0, {}, b"")
