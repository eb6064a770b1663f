"""Which server answers at a connection's address: asked once, remembered for a while, forgotten when it is wrong."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.protocol import missing
from airflow_provider_sora.protocol.answers.errors import NoAnswer, no_answer_error
from airflow_provider_sora.protocol.answers.reading import read_models
from airflow_provider_sora.protocol.detection.probe import PROBE_TIMEOUT, Probe
from airflow_provider_sora.protocol.http.client import VideosClient
from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.servers.capabilities import Capabilities, Grade
from airflow_provider_sora.protocol.servers.custom import resolve_dialect
from airflow_provider_sora.protocol.servers.dialect import Dialect
from airflow_provider_sora.protocol.servers.dialects import PLAIN
from airflow_provider_sora.protocol.session import call_for

log = logging.getLogger(__name__)

#: Seconds for which a server is taken for what it was found to be; another may stand at its address by then.
LIFE = 900.0
#: After a failed detection the same error is given for this long, so that many waiting triggers do not queue up.
FAILURE_MEMORY = 5.0


@dataclass(frozen=True)
class Detection:
    """Who answers at a base URL.

    :param server: in words, with the version where the server tells one.
    :param how: how it was recognised, or why it was not.
    :param grade: how surely.
    :param like: name of the dialect whose make it resembles, where that is all there is.
    """

    dialect: Dialect
    server: str
    version: str | None
    how: str
    grade: Grade
    like: str | None = None

    @property
    def sure(self) -> bool:
        """False where nothing identified it, or it only resembles a make: the plain protocol is spoken."""
        return self.grade in (Grade.NAMED, Grade.RECOGNISED)

    @property
    def words(self) -> str:
        """How it was recognised, or that it was not: one sentence or two."""
        return f"Recognised {self.how}." if self.sure else f"Not recognised: {self.how}."


@dataclass
class _Place:
    """What is known of one base URL. Its lock holds up nobody who asks for another."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    found: Detection | None = None
    until: float = 0.0
    failed: SoraError | None = None
    failed_until: float = 0.0


_places: dict[str, _Place] = {}
_lock = threading.Lock()


def detect(settings: ConnectionSettings) -> Detection:
    """The dialect that the connection names, or the one the server gives away; cached per process and base URL.

    :raises ConfigurationError: the connection's ``dialect`` is wrong.
    :raises ServerUnreachableError: nothing answers there.
    :raises ServerFaultError: the server does not finish an answer.
    """
    named = resolve_dialect(settings.dialect, settings.conn_id)
    if named is not None:
        return Detection(named, named.label, None, "as the connection names it", Grade.NAMED)
    with _lock:
        place = _places.setdefault(settings.base_url, _Place())
    with place.lock:
        now = time.monotonic()
        if place.found is not None and now < place.until:
            return place.found
        if place.failed is not None and now < place.failed_until:
            raise place.failed.with_message(place.failed.happened, step=place.failed.step)
        place.found = place.failed = None
        try:
            detection, lasting = _ask(settings)
        except SoraError as failure:
            place.failed, place.failed_until = failure, time.monotonic() + FAILURE_MEMORY
            raise
        if lasting:
            place.found, place.until = detection, time.monotonic() + LIFE
    # A server that names itself is named again by whoever speaks to it.
    log.log(
        logging.DEBUG if detection.grade is Grade.RECOGNISED else logging.INFO,
        "The server at %s is a %s (dialect %s). %s",
        settings.base_url,
        detection.server,
        detection.dialect.name,
        detection.words,
    )
    return detection


def doubt(base_url: str | None = None) -> None:
    """Ask anew who answers at one address, or at all: a server that contradicts what was found may be another one."""
    with _lock:
        for url in [url for url in _places if base_url in (None, url)]:
            del _places[url]


def _ask(settings: ConnectionSettings) -> tuple[Detection, bool]:
    """Ask the server. The second value says whether the answer is worth remembering."""
    client = VideosClient(settings)
    call = call_for(settings, replace(PLAIN, label="the server"), "finding out which server answers")
    probe = Probe(client, settings)
    try:
        finding = probe.finding()
    except NoAnswer as failure:
        raise no_answer_error(failure, call) from failure
    finally:
        client.close()
    if finding is None:
        how = "nothing in its answers identifies it, so the plain protocol is spoken"
        return Detection(PLAIN, PLAIN.label, None, how, Grade.UNKNOWN), not probe.troubled
    dialect, version = finding.dialect, finding.version
    server = f"{dialect.label} {version}" if version else dialect.label
    like = finding.like.name if finding.like is not None else None
    return Detection(dialect, server, version, finding.how, finding.grade, like), not probe.troubled


def capabilities(settings: ConnectionSettings, detection: Detection) -> Capabilities:
    """What the server can do; asks for its list of models.

    :raises AuthenticationFailedError: the key was refused.
    :raises ServerUnreachableError: nothing answers there.
    """
    dialect = detection.dialect.without(missing.missing_at(settings.base_url))
    call = call_for(settings, dialect, "asking for the models")
    client = VideosClient(settings)
    try:
        answer = client.get("/models", timeout=min(PROBE_TIMEOUT, settings.timeout))
    except NoAnswer as failure:
        raise no_answer_error(failure, call) from failure
    finally:
        client.close()
    lost = lost_answer(dialect)
    gateway = (dialect.repeats,) if dialect.repeats else ()
    notes = [detection.words]
    if dialect.documented_only:
        notes.append("Known from documents only: nobody has seen it answer this provider.")
    if dialect.keeps_content_only_in_create:
        notes.append("The video comes in the answer to create and nowhere else: archive it in the same task.")
    return Capabilities(
        server=detection.server,
        version=detection.version,
        dialect=dialect.name,
        models=read_models(answer, call),
        calls=tuple(sorted(dialect.calls)),
        list_has_prompts=dialect.list_has_prompts,
        idempotent=dialect.honours_idempotency_key,
        sure=detection.sure,
        notes=(*notes, lost, *gateway),
        recognised=detection.grade.value,
        how=detection.how,
        resembles=detection.like,
        lost_answer=lost,
        gateway=gateway,
    )


def lost_answer(dialect: Dialect) -> str:
    """What happens on such a server when the answer to a paid request is lost: one sentence."""
    if dialect.honours_idempotency_key:
        return (
            "A lost answer: the same request is sent again under its Idempotency-Key, which gives back the first job."
        )
    if dialect.list_has_prompts and dialect.has("list"):
        return "A lost answer: its job is looked for in the server's list, by prompt and date."
    return "A lost answer: its job cannot be found again in a list, so the task stops and a person decides."
