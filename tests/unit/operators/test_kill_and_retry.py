"""What a kill does to the job, and which failures are tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowTaskTimeout

from airflow_provider_sora import compat
from airflow_provider_sora.error_details import kinds
from airflow_provider_sora.exceptions import RateLimitedError, ServerFaultError, SoraError, UnsupportedByServerError
from airflow_provider_sora.operators.shared.base import at_the_edge
from airflow_provider_sora.operators.video import CreateVideoOperator
from airflow_provider_sora.protocol.answers.job import JobStatus, VideoJob
from airflow_provider_sora.retry import SoraRetryPolicy
from tests.support.features import retry_policies

EVERY = sorted(kinds(SoraError).values(), key=lambda cls: cls.__name__)

#: Trying these again pays twice, or fails in the same way.
FINAL = {
    "AmbiguousSubmitError", "ApiShutDownError", "AuthenticationFailedError", "BudgetExceededError",
    "ConfigurationError", "CorruptObjectError", "DecisionRefusedError", "ForeignObjectError", "InvalidRequestError",
    "MismatchError", "PolicyRefusalError", "QuotaExceededError", "RequestChangedError", "UnsupportedByServerError",
    "UnverifiedOrganizationError", "VideoExpiredError", "VideoNotFoundError",
}  # fmt: skip


class Hook:
    def __init__(self, status: JobStatus) -> None:
        self.status = status
        self.calls: list[str] = []
        self.cancel_error: SoraError | None = None
        self.get_error: SoraError | None = None

    def get_video(self, video_id: str) -> VideoJob:
        self.calls.append("get")
        if self.get_error:
            raise self.get_error
        return VideoJob(video_id, self.status)

    def cancel_video(self, video_id: str) -> None:
        self.calls.append("cancel")
        if self.cancel_error:
            raise self.cancel_error


def killed(hook: Hook, **arguments: Any) -> list[str]:
    operator = CreateVideoOperator(task_id="create", prompt="a kite", **arguments)
    operator.held = hook, "video_1"
    operator.on_kill()
    return hook.calls


def test_a_kill_leaves_the_job_alone_unless_asked() -> None:
    assert killed(Hook(JobStatus.IN_PROGRESS)) == []


@pytest.mark.parametrize("status", JobStatus)
def test_a_kill_looks_first_and_cancels_only_an_unfinished_job(status: JobStatus) -> None:
    calls = killed(Hook(status), cancel_on_kill=True)
    assert calls == (["get"] if status.is_final else ["get", "cancel"])


def test_a_kill_before_the_job_is_known_does_nothing() -> None:
    operator = CreateVideoOperator(task_id="create", prompt="a kite", cancel_on_kill=True)
    operator.on_kill()  # that it does not raise is the claim: a kill that fails hides why the task ended
    assert operator.held is None


def test_a_kill_tolerates_a_server_that_cannot_cancel_or_answer() -> None:
    cannot = Hook(JobStatus.QUEUED)
    cannot.cancel_error = UnsupportedByServerError("no cancel call")
    assert killed(cannot, cancel_on_kill=True) == ["get", "cancel"]
    away = Hook(JobStatus.QUEUED)
    away.get_error = ServerFaultError("away")
    assert killed(away, cancel_on_kill=True) == ["get"]


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_exactly_the_final_errors_are_not_tried_again(cls: type[SoraError]) -> None:
    RetryAction = retry_policies().RetryAction
    decision = SoraRetryPolicy().evaluate(cls("said"), 1, 2)
    assert decision.action is (RetryAction.FAIL if cls.__name__ in FINAL else RetryAction.DEFAULT)


def test_a_rate_limit_is_waited_out_as_long_as_the_server_said() -> None:
    RetryAction = retry_policies().RetryAction
    policy = SoraRetryPolicy()
    told = policy.evaluate(RateLimitedError("slow down", retry_after=90), 1, 2)
    assert (told.action, told.retry_delay) == (RetryAction.RETRY, timedelta(seconds=90))
    assert policy.evaluate(RateLimitedError("slow down"), 1, 2).action is RetryAction.DEFAULT


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_errors_keep_their_type_where_policies_exist(cls: type[SoraError]) -> None:
    retry_policies()
    with pytest.raises(cls) as caught, at_the_edge():
        raise cls("said")
    assert type(caught.value) is cls


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_where_they_do_not_the_final_ones_are_wrapped(cls: type[SoraError], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, "HAS_RETRY_POLICY", False)
    with pytest.raises(Exception, match="said") as caught, at_the_edge():
        raise cls("said")
    assert type(caught.value) is (AirflowFailException if cls.__name__ in FINAL else cls)
    assert isinstance(caught.value, cls) or isinstance(caught.value.__cause__, cls)


def test_an_execution_timeout_is_no_kill() -> None:
    """Airflow calls ``on_kill`` for it from within its handler of that very exception."""
    hook = Hook(JobStatus.IN_PROGRESS)
    try:
        raise AirflowTaskTimeout
    except AirflowTaskTimeout:
        assert killed(hook, cancel_on_kill=True) == []
    assert killed(hook, cancel_on_kill=True) == ["get", "cancel"]
