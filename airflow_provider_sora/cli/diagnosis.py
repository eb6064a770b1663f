"""What ``doctor`` finds out, as rows: each a question, the answer, and the next step where the answer is no."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.exceptions import SoraError
from airflow_provider_sora.webhooks.delivery import mask_in

if TYPE_CHECKING:
    from airflow_provider_sora.hooks.sora import SoraHook
    from airflow_provider_sora.protocol.servers.capabilities import Capabilities

YES, NO, NOTE = "yes", "no", "note"

#: What an optional package is for, and the extra that brings it.
_EXTRAS = (
    ("av", "media", "thumbnails, spritesheets and final cuts made here"),
    ("feedparser", "feeds", "reading news feeds"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One question.

    :param answer: ``yes``, ``no`` (the doctor's exit code becomes 1), or ``note`` (works, but worth knowing).
    """

    check: str
    answer: str
    found: str
    next: str = ""


def failed(check: str, error: Exception) -> Check:
    """An error's next step has a column of its own, and nothing is paid here, so the money is left out."""
    if isinstance(error, SoraError):
        return Check(check, NO, error.happened, error.step or "")
    return Check(check, NO, f"{type(error).__name__}: {error}")


def examine(hook: SoraHook, destination: str | None, try_write: Callable[[str], str]) -> Iterator[Check]:
    """Ask the connection, the server, the archive and this environment; nothing is paid.

    :param try_write: writes and removes a small object below a prefix; says where, or raises.
    """
    yield from _connection(hook)
    yield _archive(destination, try_write)
    yield from _environment()


def _connection(hook: SoraHook) -> Iterator[Check]:
    try:
        settings = hook.settings
    except SoraError as error:
        yield failed("connection", error)
        return
    yield Check("connection", YES, f"{hook.sora_conn_id}: {settings.base_url}")
    masked = mask_in(settings.webhook_secret)
    if masked:
        yield Check("webhooks", NO, masked, "type the connection's webhook secret anew")
    try:
        found, seen = hook.capabilities(), hook.evidence()
    except SoraError as error:
        yield failed("server", error)
        return
    if not seen.speaks:
        yield Check("server", NO, seen.seen, seen.step)
        return
    yield from _server(hook, found)
    yield _price(settings.prices, settings.default_model)


def _server(hook: SoraHook, found: Capabilities) -> Iterator[Check]:
    surely = {"named": YES, "recognised": YES}.get(found.recognised, NOTE)
    step = "" if surely == YES else "set the connection's dialect, where you know what it is"
    yield Check("server", surely, f"{found.server} (dialect {found.dialect}), {found.recognised}: {found.how}", step)
    yield Check("abilities", YES, ", ".join(found.calls))
    yield _models(found, hook.settings.default_model)
    safe = found.idempotent or found.list_has_prompts
    step = "" if safe else "docs/paid-once.md says what a person does then"
    yield Check("lost answer", YES if safe else NOTE, found.lost_answer, step)
    for warning in found.gateway:
        yield Check("gateway", NOTE, warning, "docs/servers.md says what to set there")


def _models(found: Capabilities, default: str | None) -> Check:
    listed = ", ".join(found.models[:12]) + (f" and {len(found.models) - 12} more" if len(found.models) > 12 else "")
    if default and found.models and default not in found.models:
        return Check(
            "models", NO, f"the connection's default_model {default!r} is not among {listed}", "name one of them"
        )
    return Check("models", YES if found.models else NOTE, listed or "the server lists none")


def _price(prices: Mapping[str, Any], model: str | None) -> Check:
    if prices:
        return Check("prices", YES, f"for {', '.join(sorted(prices))}")
    step = f'set the connection\'s prices, such as {{"{model or "*"}": {{"*": 0.10}}}}'
    return Check("prices", NOTE, "none: no estimate is made, and a task with max_cost_usd refuses to pay", step)


def _archive(destination: str | None, try_write: Callable[[str], str]) -> Check:
    if not destination:
        step = "name a prefix: --destination gs://bucket/prefix, or set the Airflow variable sora_archive"
        return Check("archive", NOTE, "no prefix was named, so none was tried", step)
    try:
        return Check("archive", YES, try_write(destination))
    except SoraError as error:
        return failed("archive", error)


def _environment() -> Iterator[Check]:
    for package, extra, purpose in _EXTRAS:
        if importlib.util.find_spec(package) is None:
            yield Check(package, NOTE, f"not installed: {purpose}", f"pip install 'airflow-provider-sora[{extra}]'")
    if not _has_state_store():
        found = "this Airflow has no task state store (3.3 brought it): a retry does not know what was paid before it"
        yield Check("paid once", NOTE, found, "use Airflow 3.3 or newer, or retries=0")
    versions = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("airflow-provider-sora", "apache-airflow", "openai")
    )
    yield Check("versions", YES, f"{versions}, Python {platform.python_version()}")


def _has_state_store() -> bool:
    return importlib.util.find_spec("airflow.models.task_state_store") is not None
