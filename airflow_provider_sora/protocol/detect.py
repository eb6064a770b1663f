"""Find out which server answers, without paying: GETs only, and the key goes to the connection's own host only."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from airflow_provider_sora.exceptions import SoraError, error_from_details
from airflow_provider_sora.protocol.answers import NoAnswer, no_answer_error
from airflow_provider_sora.protocol.capabilities import Capabilities
from airflow_provider_sora.protocol.client import VideosClient
from airflow_provider_sora.protocol.connection import ConnectionSettings
from airflow_provider_sora.protocol.custom import resolve_dialect
from airflow_provider_sora.protocol.dialect import Dialect
from airflow_provider_sora.protocol.dialects import DYNAMO, LITELLM, PLAIN, SGLANG, VLLM_OMNI
from airflow_provider_sora.protocol.envelope import Answer
from airflow_provider_sora.protocol.fingerprints import (
    Finding,
    by_host,
    by_list,
    by_models,
    by_page,
    by_unknown_id,
)
from airflow_provider_sora.protocol.reading import read_models
from airflow_provider_sora.protocol.session import call_for

log = logging.getLogger(__name__)

PROBE_TIMEOUT = 10.0
#: LiteLLM builds its two megabytes of OpenAPI at the first request for them, and answers nobody meanwhile.
PAGE_TIMEOUT = 45.0
#: After a failed detection the same error is given for this long, so that many waiting triggers do not queue up.
FAILURE_MEMORY = 5.0
_PROBE_ID = "video_airflow_provider_sora_probe"

_found: dict[str, Detection] = {}
_failed: dict[str, tuple[float, SoraError]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Detection:
    """Who answers at a base URL.

    :param server: in words, with the version where the server tells one.
    :param sure: False where nothing identified it and the plain protocol is spoken.
    :param how: how it was recognised.
    """

    dialect: Dialect
    server: str
    version: str | None
    sure: bool
    how: str


def detect(settings: ConnectionSettings) -> Detection:
    """The dialect that the connection names, or the one the server gives away. Cached per process and base URL.

    :raises ConfigurationError: the connection's ``dialect`` is wrong.
    :raises ServerUnreachableError: nothing answers there.
    :raises ServerFaultError: the server does not finish an answer.
    """
    named = resolve_dialect(settings.dialect, settings.conn_id)
    if named is not None:
        return Detection(named, named.label, None, True, "named in the connection")
    with _lock:
        known = _found.get(settings.base_url)
        if known is not None:
            return known
        until, error = _failed.get(settings.base_url, (0.0, None))
        if error is not None and time.monotonic() < until:
            raise error_from_details(error.details())
        try:
            detection, lasting = _ask(settings)
        except SoraError as failure:
            _failed[settings.base_url] = (time.monotonic() + FAILURE_MEMORY, failure)
            raise
        if lasting:
            _found[settings.base_url] = detection
    log.info(
        "The server at %s is %s (dialect %s), recognised %s.",
        settings.base_url,
        detection.server,
        detection.dialect.name,
        detection.how,
    )
    return detection


def forget() -> None:
    """Forget what was found; for tests and long-lived processes whose servers were replaced."""
    with _lock:
        _found.clear()
        _failed.clear()


def _ask(settings: ConnectionSettings) -> tuple[Detection, bool]:
    """Ask the server. The second value says whether the answer is worth remembering."""
    client = VideosClient(settings)
    call = call_for(settings, replace(PLAIN, label="the server"), "finding out which server answers")
    try:
        finding, lasting = _Probe(client, settings).finding()
    except NoAnswer as failure:
        raise no_answer_error(failure, call) from failure
    finally:
        client.close()
    if finding is None:
        how = "not at all: nothing in its answers identifies it, so the plain protocol is spoken"
        return Detection(PLAIN, PLAIN.label, None, False, how), lasting
    sure = finding.dialect.name != "plain"
    version = finding.version
    return Detection(finding.dialect, _named(finding.dialect, version), version, sure, finding.how), lasting


def _named(dialect: Dialect, version: str | None) -> str:
    return f"{dialect.label} {version}" if version else dialect.label


class _Probe:
    def __init__(self, client: VideosClient, settings: ConnectionSettings) -> None:
        self.client = client
        self.settings = settings
        self.troubled = False
        self.silent: NoAnswer | None = None

    def finding(self) -> tuple[Finding | None, bool]:
        hosted = by_host(urlsplit(self.settings.base_url).hostname or "")
        if hosted is not None:
            return hosted, True
        page = self.get(self.settings.root_url + "/openapi.json", with_key=False, timeout=PAGE_TIMEOUT)
        found = by_page(page.json()) if page.status == 200 else None
        if found is None or found.dialect.name == "plain":
            found = self.without_page() or found
        if self.silent is not None and (found is None or found.dialect.name == "plain"):
            raise self.silent  # a question without an answer leaves open what else the server may be
        if found is not None and found.version is None:
            found = replace(found, version=self.version(found.dialect))
        return found, not self.troubled

    def without_page(self) -> Finding | None:
        models = self.get("/models")
        if models.status in (401, 403, 429) or models.status >= 500:
            self.troubled = True
        found = by_models(models)
        if found is not None:
            return found
        # LiteLLM sends an id that it cannot read to api.openai.com: it must be ruled out before the next probe.
        alive = self.get(self.settings.root_url + "/health/liveliness", with_key=False)
        if alive.status == 200 and b"alive" in alive.body[:200]:
            return Finding(LITELLM, "by its health page")
        for path, reader in self.probes():
            found = reader(self.get(path))
            if found is not None:
                return found
        return None

    @staticmethod
    def probes() -> tuple[tuple[str, Callable[[Answer], Finding | None]], ...]:
        return (f"/videos/{_PROBE_ID}", by_unknown_id), ("/videos?limit=1", by_list)

    def version(self, dialect: Dialect) -> str | None:
        path = {VLLM_OMNI.name: "/version", SGLANG.name: "/server_info", DYNAMO.name: "/health"}.get(dialect.name)
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


def capabilities(settings: ConnectionSettings, detection: Detection) -> Capabilities:
    """What the server can do; asks for its list of models.

    :raises AuthenticationFailedError: the key was refused.
    :raises ServerUnreachableError: nothing answers there.
    """
    dialect = detection.dialect
    call = call_for(settings, dialect, "asking for the models")
    client = VideosClient(settings)
    try:
        answer = client.get("/models", timeout=min(PROBE_TIMEOUT, settings.timeout))
    except NoAnswer as failure:
        raise no_answer_error(failure, call) from failure
    finally:
        client.close()
    notes = [f"Recognised {detection.how}."]
    if dialect.documented_only:
        notes.append("Known from documents only: nobody has seen it answer this provider.")
    if dialect.keeps_content_only_in_create:
        notes.append("The video comes in the answer to create and nowhere else: archive it in the same task.")
    if not dialect.list_has_prompts:
        notes.append("A job whose answer was lost cannot be found again in its list.")
    return Capabilities(
        server=detection.server,
        version=detection.version,
        dialect=dialect.name,
        models=read_models(answer, call),
        calls=tuple(sorted(dialect.calls)),
        list_has_prompts=dialect.list_has_prompts,
        idempotent=dialect.honours_idempotency_key,
        sure=detection.sure,
        notes=tuple(notes),
    )
