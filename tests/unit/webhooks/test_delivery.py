"""Only what the connection's secret signed, a short time ago, is believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from airflow_provider_sora.webhooks.delivery import RefusedError, mask_in, read_delivery, secrets_of

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()
BODY = json.dumps({"id": "evt_1", "object": "event", "type": "video.completed", "data": {"id": "video_1"}}).encode()


def signed(body: bytes = BODY, secret: str = SECRET, ago: float = 0, name: str = "evt_1") -> dict[str, str]:
    at = datetime.now(tz=UTC) - timedelta(seconds=ago)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, body.decode()),
    }


def test_what_the_secret_signed_is_read() -> None:
    found = read_delivery(signed(), BODY, [SECRET])
    assert (found.id, found.kind, found.video_id, found.ends_a_job) == ("evt_1", "video.completed", "video_1", True)


def test_openai_s_published_form_is_read() -> None:
    """The headers and body of OpenAI's own documentation, signed anew: the bytes count, blanks and order included."""
    body = b'{\n  "id": "evt_685343a1381c819085d44c354e1b330e",\n  "object": "event",\n  "created_at": 1750287018,\n'
    body += b'  "type": "video.failed",\n  "data": {\n    "id": "video_abc123"\n  }\n}'
    assert read_delivery(signed(body), body, [SECRET]).video_id == "video_abc123"
    with pytest.raises(RefusedError, match="No matching signature"):
        read_delivery(signed(body), json.dumps(json.loads(body)).encode(), [SECRET])


def test_while_it_is_rotated_either_secret_counts() -> None:
    assert read_delivery(signed(secret=OTHER), BODY, [SECRET, OTHER]).video_id == "video_1"


@pytest.mark.parametrize(
    ("signing", "why"),
    [
        pytest.param(lambda: {}, "Missing required headers", id="unsigned"),
        pytest.param(lambda: signed(secret=OTHER), "No matching signature", id="another secret"),
        pytest.param(lambda: signed() | {"webhook-id": "evt_2"}, "No matching signature", id="another id"),
        pytest.param(lambda: signed() | {"webhook-signature": "v1"}, "cannot be read", id="no signature"),
        pytest.param(lambda: signed() | {"webhook-signature": "v1,x"}, "cannot be read", id="no base64"),
        pytest.param(lambda: {k: v.replace("v1,", "v0,") for k, v in signed().items()}, "No match", id="version"),
        pytest.param(lambda: signed(ago=301), "too old", id="old"),
        pytest.param(lambda: signed(ago=-900), "too new", id="ahead"),
        pytest.param(lambda: signed() | {"webhook-timestamp": "nan"}, "Invalid", id="no time"),
        pytest.param(lambda: signed() | {"webhook-timestamp": "9" * 400}, "Invalid", id="no such time"),
    ],
)  # fmt: skip
def test_what_is_not_signed_is_refused(signing: Callable[[], dict[str, str]], why: str) -> None:
    """Signed when the test runs: a whole suite later, what was signed at its collection would be too old."""
    headers = signing()
    with pytest.raises(RefusedError, match=why):
        read_delivery(headers, BODY, [SECRET])


@pytest.mark.parametrize("body", [b"[" * 100_000, b"not json", b"[]", b"{}", b'{"type": 5}', b"\xff\xfe"])
def test_signed_nonsense_is_refused(body: bytes) -> None:
    try:
        headers = signed(body)
    except UnicodeDecodeError:
        headers = signed()
    with pytest.raises(RefusedError):
        read_delivery(headers, body, [SECRET])


@pytest.mark.parametrize("data", [None, [], {}, {"id": 5}, {"id": ""}, {"id": "v" * 513}])
def test_an_event_without_a_job_ends_none(data: object) -> None:
    body = json.dumps({"type": "video.completed", "data": data}).encode()
    assert not read_delivery(signed(body), body, [SECRET]).ends_a_job


def test_another_event_ends_no_job() -> None:
    body = json.dumps({"type": "video.in_progress", "data": {"id": "video_1"}}).encode()
    assert not read_delivery(signed(body), body, [SECRET]).ends_a_job


def test_a_secret_that_is_none_is_told_without_it() -> None:
    with pytest.raises(RefusedError) as caught:
        read_delivery(signed(), BODY, ["whsec_", "é-not-base64"])
    assert "cannot be used" in str(caught.value) and "not-base64" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        (None, ()),
        ("", ()),
        ("  ", ()),
        ("***", ()),
        (5, ()),
        ("a", ("a",)),
        (" a, b\nc ", ("a", "b", "c")),
        (["a", "b c"], ("a", "b", "c")),
    ],
)
def test_secrets_of_a_field(value: object, secrets: tuple[str, ...]) -> None:
    assert secrets_of(value) == secrets


def test_airflows_mask_is_told_and_a_secret_is_not() -> None:
    for none in (None, "", SECRET, [SECRET, OTHER], 5):
        assert mask_in(none) == ""
    assert "webhook_secret is the mask ***" in mask_in("***")
    rotated = mask_in(f"{SECRET} ***")
    assert "webhook_secret holds the mask ***" in rotated and SECRET not in rotated
