"""What a task does where the server's content policy refuses prompt or picture: it fails, or it is skipped.

Either way it says why in an XCom, by which a branch can tell this from a missing connection or an outage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow_provider_sora import metrics
from airflow_provider_sora.arguments import as_text, wrong
from airflow_provider_sora.exceptions import PolicyRefusalError

#: XCom key of what the server said.
REFUSAL_KEY = "sora_refusal"
FAIL, SKIP = "fail", "skip"


def read_on_refusal(value: object) -> str:
    """:raises ConfigurationError: neither ``fail`` nor ``skip``; nothing was paid."""
    word = as_text("on_refusal", value) or FAIL
    if word not in (FAIL, SKIP):
        raise wrong("on_refusal", word, f"{FAIL} or {SKIP}")
    return word


@contextmanager
def acting_on_refusal(context: Mapping[str, Any], on_refusal: Callable[[], object], log: Any) -> Iterator[None]:
    """Leave a refusal's reason in XCom, and skip the task where that is wanted.

    Only a :class:`~airflow_provider_sora.exceptions.PolicyRefusalError` is a refusal: at the submit, when the job ends,
    or when its content is fetched. Everything else that goes wrong fails the task as ever.

    :raises AirflowSkipException: the policy refused, and ``on_refusal`` is ``skip``.
    """
    try:
        yield
    except PolicyRefusalError as error:
        context["ti"].xcom_push(key=REFUSAL_KEY, value=told(error))
        metrics.count("refused", tags=metrics.tags_of(context["ti"], None))
        if read_on_refusal(on_refusal()) == FAIL:
            raise
        from airflow.sdk.exceptions import AirflowSkipException

        from airflow_provider_sora.runs.gates import REASON_KEY
        from airflow_provider_sora.words.reasons import of_failure

        # The page of a run finds its reason there, as it does for a task that failed.
        context["ti"].xcom_push(key=REASON_KEY, value=of_failure(error).to_json())
        log.warning("%s", error.message)
        raise AirflowSkipException(f"on_refusal='skip': {error.message}") from error


def told(error: PolicyRefusalError) -> dict[str, Any]:
    """A refusal as small JSON.

    ``reason`` is our own word; ``code``, ``status_code`` and ``video_id`` are the server's and None where it gave none:
    ``video_id`` is there where a job was made and may be billed. ``message`` is the error's text.
    """
    facts = {name: getattr(error, name) for name in ("code", "status_code", "video_id")}
    return {"reason": "content_policy", **facts, "message": error.message}
