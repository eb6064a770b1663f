"""What a server says decides the same, and is not repeated where private data is under way."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError, PolicyRefusalError, QuotaExceededError
from airflow_provider_sora.jobs.request_digest import fingerprint_of, prompt_digest
from airflow_provider_sora.jobs.waiting.polling import Completed, ended
from airflow_provider_sora.masking.discretion import LEFT_OUT, discreetly, is_discreet
from airflow_provider_sora.protocol.answers.errors import Call, answer_error
from airflow_provider_sora.protocol.answers.job import VideoJob, parse_job
from airflow_provider_sora.protocol.http.reading.envelope import Answer
from airflow_provider_sora.protocol.servers.dialects import ANIMATIC, DIALECTS
from airflow_provider_sora.protocol.submission import Reference, Submission, SubmitKind
from airflow_provider_sora.protocol.wire import build_submit
from airflow_provider_sora.record import PRIVATE_PROMPT
from airflow_provider_sora.tasks.submission_record import requested_of
from airflow_provider_sora.triggers.video import VideoCompletionTrigger, event_of

CALL = Call("submitting", server="this server", paid=True)
PRIVATE = Submission(SubmitKind.CREATE, "greet Zaphkiel", seconds=4, caption="greet [name]", seal=b"k" * 32)


def refused(message: str, code: str = "") -> Exception:
    body = json.dumps({"error": {"message": message, "code": code}}).encode()
    return answer_error(Answer(400, {}, body), CALL)


@pytest.mark.parametrize(
    ("message", "code", "kind"),
    [
        ("greet Zaphkiel is refused by our content policy", "", PolicyRefusalError),
        ("no credit for Zaphkiel", "insufficient_quota", QuotaExceededError),
        ("prompt 'greet Zaphkiel' is wrong", "invalid value: Zaphkiel", InvalidRequestError),
    ],
)
def test_a_refusal_is_of_the_same_kind_without_its_words(message: str, code: str, kind: type[Exception]) -> None:
    loud = refused(message, code)
    with discreetly():
        quiet = refused(message, code)
    assert type(loud) is type(quiet) is kind
    assert "Zaphkiel" in str(loud) and "Zaphkiel" not in f"{quiet} {vars(quiet)}"
    assert LEFT_OUT in str(quiet) and "HTTP 400" in str(quiet)
    assert not is_discreet()


def failed(message: str, code: str | None = None) -> VideoJob:
    return parse_job({"id": "v1", "status": "failed", "error": {"message": message, "code": code}}, {})


def test_a_failed_job_is_judged_by_words_that_its_event_does_not_hold() -> None:
    with discreetly():
        job = failed("Zaphkiel is a real person: blocked by our moderation", "Zaphkiel said so")
    verdict = ended(job)
    assert not isinstance(verdict, Completed) and isinstance(verdict.error, PolicyRefusalError)
    assert "Zaphkiel" not in f"{verdict.error} {event_of(verdict, 'v1')}"
    # What looks like a code is told.
    with discreetly():
        assert "moderation_blocked" in str(ended(failed("Zaphkiel", "moderation_blocked")))
    assert "Zaphkiel" in str(ended(failed("Zaphkiel", "moderation_blocked")))


def test_a_trigger_says_that_it_is_discreet_only_where_it_is() -> None:
    plain = VideoCompletionTrigger(video_id="v", sora_conn_id="c", deadline=1.0)
    quiet = VideoCompletionTrigger(video_id="v", sora_conn_id="c", deadline=1.0, discreet=True)
    assert "discreet" not in plain.serialize()[1] and quiet.serialize()[1]["discreet"] is True


def test_digests_of_a_private_prompt_are_keyed() -> None:
    other_key, public = replace(PRIVATE, seal=b"x" * 32), replace(PRIVATE, seal=None)
    parts = [fingerprint_of(one, "http://h").parts["prompt"] for one in (PRIVATE, other_key, public)]
    assert len(set(parts)) == 3
    assert parts[0] == prompt_digest(PRIVATE.prompt, PRIVATE.seal) and parts[2] == prompt_digest(PRIVATE.prompt)
    matches = {fingerprint_of(one, "http://h").match for one in (PRIVATE, other_key, public)}
    assert len(matches) == 3 and fingerprint_of(PRIVATE, "http://h").is_for(SubmitKind.CREATE)
    # The same request with the same key is the same.
    assert fingerprint_of(PRIVATE, "http://h") == fingerprint_of(replace(PRIVATE), "http://h")


def test_what_is_kept_of_a_private_request() -> None:
    picture = Reference(data=b"x", sha256="a" * 64, width=8, height=4)
    kept = requested_of(replace(PRIVATE, reference=picture))
    assert "prompt" not in kept and kept[PRIVATE_PROMPT] == prompt_digest(PRIVATE.prompt, PRIVATE.seal)
    assert kept["caption"] == "greet [name]" and kept["input_reference"] == {"width": 8, "height": 4}
    assert "Zaphkiel" not in f"{PRIVATE!r} {kept}"


def test_only_a_server_that_draws_captions_gets_one() -> None:
    for dialect in DIALECTS.values():
        sent = build_submit(PRIVATE, dialect).encode()[1]
        body = sent if isinstance(sent, bytes) else b"".join(sent)
        assert b"greet Zaphkiel" in body, dialect.name
        assert (b"[name]" in body) is (dialect is ANIMATIC), dialect.name
