"""A secret is hidden in every spelling that servers echo it in, and so is what signs an address."""

from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest

from airflow_provider_sora.protocol.http.connection import ConnectionSettings
from airflow_provider_sora.protocol.http.reading.redaction import LONGEST, redact, redact_all

KEY = "sk-\"ab<c>&d'/e+f=g h\\z0123"
PLAIN = "sk-canary-0123456789abcdef"


@pytest.mark.parametrize("key", [KEY, PLAIN])
@pytest.mark.parametrize(
    "spelled",
    [
        lambda key: key,
        str.upper,
        html.escape,
        lambda key: html.escape(html.escape(key)),
        lambda key: "".join(f"&#{ord(char)};" for char in key),
        lambda key: "".join(f"&#x{ord(char):X};" for char in key),
        lambda key: quote(key, safe=""),
        lambda key: quote(key, safe="").lower(),
        quote_plus,
        lambda key: quote(quote(key, safe=""), safe=""),
        lambda key: json.dumps(key)[1:-1],
        lambda key: json.dumps(json.dumps(key))[3:-3],
        lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
        lambda key: "".join(f"\\u{ord(char):04x}" for char in key).removeprefix("\\"),
        lambda key: repr(key)[1:-1],
        lambda key: html.escape(json.dumps(key)[1:-1]),
    ],
    ids=[
        "as it is", "upper case", "HTML", "HTML twice", "decimal", "hexadecimal", "URL", "URL lower", "form",
        "URL twice",
        "JSON", "JSON in JSON", "JSON of PHP", "escapes", "Python", "JSON in HTML",
    ],
)  # fmt: skip
def test_spellings(key: str, spelled) -> None:
    assert redact(f"got <{spelled(key)}> here", [key]) == "got <***> here"


@pytest.mark.parametrize("around", [("", ""), ("user:", ""), ("us:", "x"), ("Bearer ", ""), ('{"key":"', '"}')])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_wherever_the_key_begins_in_it(around: tuple[str, str], encode) -> None:
    text = encode(f"{around[0]}{PLAIN}{around[1]}".encode()).decode()
    found = redact(f"got {text} here", [PLAIN])
    assert "***" in found
    rest = found.removeprefix("got ").removesuffix(" here").replace("***", "")
    padded = base64.urlsafe_b64decode(rest.replace("+", "-").replace("/", "_") + "=" * (-len(rest) % 4))
    assert b"canary" not in padded


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at https://a.example/x?sig=1&b=2, and http://b/ c", "at https://a.example/x?*** and http://b/ c"),
        ("at https://user:pass@a.example/x", "at https://***@a.example/x"),
        ("postgres://user:pass@db/x", "postgres://***@db/x"),
        (r"at https:\/\/a.example\/x?sig=1 c", r"at https:\/\/a.example\/x?*** c"),
        (f"at {quote('https://u:p@a.example/x?sig=1', safe='')} c", "at https%3A%2F%2F***@a.example%2Fx?*** c"),
        ("at https://a.example/x?a=1&amp;sig=2 c", "at https://a.example/x?*** c"),
        ("at HTTPS://a.example/x#token=1 c", "at HTTPS://a.example/x?*** c"),
        ("path /x?X-Amz-Signature=abcdef0123&b", "path /x?X-Amz-Signature=***&b"),
        ("sent Authorization: Bearer upstream-key-1", "sent Authorization: Bearer ***"),
        ("use Basic authentication please", "use Basic authentication please"),
        ("data:video/mp4;base64,AAAAIGZ0eXA= end", "data:video/mp4;base64,*** end"),
        ("5 tokens = 3 cents, key=value", "5 tokens = 3 cents, key=value"),
    ],
)
def test_addresses_and_foreign_credentials(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_half_a_secret_at_the_end_of_a_long_text_does_not_stay() -> None:
    text = "x " * ((LONGEST - 10) // 2) + PLAIN
    assert PLAIN[:8] not in redact(text, [PLAIN])


@pytest.mark.parametrize("piece", ["\\", "https://", "a://b", "%25", "data:", "bearer ", "x-amz-", "&#", "a:", "a.b-"])
def test_no_text_takes_long(piece: str) -> None:
    """One megabyte of it would take minutes if the time grew with the square."""
    began = time.process_time()
    redact(piece * (1_000_000 // len(piece)), [KEY, PLAIN])
    assert time.process_time() - began < 10


def test_a_whole_object_with_its_names() -> None:
    found = redact_all({f"k {PLAIN}": ["x", 1, None, {"y": f"{PLAIN}!"}]}, [PLAIN])
    assert found == {"k ***": ["x", 1, None, {"y": "***!"}]}


def test_a_connection_names_its_secrets() -> None:
    settings = ConnectionSettings(
        base_url="http://s/v1", key="key-123456", login="me", headers={"X-Auth": "Token abcdefgh12", "X-Team": "video"}
    )
    assert settings.secrets() == ("key-123456", "me:key-123456", "Token abcdefgh12", "abcdefgh12")
