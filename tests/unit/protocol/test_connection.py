from __future__ import annotations

import ast
import base64
import json
import traceback
from pathlib import Path
from typing import Any

import pytest

import airflow_provider_sora
from airflow_provider_sora.exceptions import ApiShutDownError, ConfigurationError
from airflow_provider_sora.protocol.http.connection import ConnectionSettings, read_connection


def read(host: str | None = "http://server:8000/v1", **fields: Any) -> ConnectionSettings:
    return read_connection(conn_id="c", host=host, **fields)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"host": "http://server:8000/v1"}, "http://server:8000/v1"),
        ({"host": "http://server:8000/v1/"}, "http://server:8000/v1"),
        ({"host": "http://server:8000"}, "http://server:8000/v1"),
        # Airflow's form posts port 0 for a port that it does not show.
        ({"host": "http://server:8000/v1", "port": 0}, "http://server:8000/v1"),
        ({"host": "http://server/v1", "port": 0}, "http://server/v1"),
        ({"host": "server", "port": 0}, "http://server/v1"),
        ({"host": "http://server:0/v1", "port": 0}, "http://server/v1"),
        ({"host": "http://server:8000/v1/videos"}, "http://server:8000/v1"),
        ({"host": "https://gateway.example/openai/v1"}, "https://gateway.example/openai/v1"),
        ({"host": "server", "port": 8000}, "http://server:8000/v1"),
        ({"host": "127.0.0.1", "port": 8765, "schema": "v1"}, "http://127.0.0.1:8765/v1"),
        ({"host": "gateway.example"}, "https://gateway.example/v1"),
        ({"host": "http://[::1]:8000/v1"}, "http://[::1]:8000/v1"),
        ({"host": "not-api.openai.com.example"}, "https://not-api.openai.com.example/v1"),
    ],
)
def test_base_url(fields: dict[str, Any], url: str) -> None:
    assert read(**fields).base_url == url


@pytest.mark.parametrize(
    "host", [None, "", "  ", "https://api.openai.com/v1", "api.openai.com", "https://EU.api.openai.com/v1"]
)
def test_openai_itself_is_refused_with_what_to_set(host: str | None) -> None:
    with pytest.raises(ApiShutDownError) as caught:
        read(host)
    for words in ("'c'", "2026-09-24", "Nothing was paid", "host", "/v1/videos", "animatic"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("host", {"host": "ftp://server/v1"}),
        ("host", {"host": "http://user:secret@server/v1"}),
        ("host", {"host": "http://server/v1?key=secret"}),
        ("host", {"host": "http://server:port/v1"}),
        ("host", {"host": "http://"}),
        ("password", {"password": "key\nwith newline"}),
        ("auth", {"extra": {"auth": "digest"}}),
        ("request_timeout", {"extra": {"request_timeout": "soon"}}),
        ("request_timeout", {"extra": {"request_timeout": 0}}),
        ("request_timeout", {"extra": {"request_timeout": True}}),
        ("requests_per_minute", {"extra": {"requests_per_minute": -1}}),
        ("prices", {"extra": {"prices": "0.1"}}),
        ("prices", {"extra": {"prices": {"sora-2": 0.1}}}),
        ("prices['m']['*']", {"extra": {"prices": {"m": {"*": -0.1}}}}),
        ("prices['m']['*']", {"extra": {"prices": {"m": {"*": "0.1"}}}}),
        ("headers", {"extra": {"headers": ["X"]}}),
        ("headers['X']", {"extra": {"headers": {"X": "a\r\nB: c"}}}),
        ("headers['Host']", {"extra": {"headers": {"Host": "other"}}}),
        ("headers['Authorization']", {"extra": {"headers": {"Authorization": "Key x"}}}),
        ("headers['X-Key']: it is the mask", {"extra": {"headers": {"X-Key": "***"}}}),
        ("password: it is the mask", {"password": "***"}),
        ("verify", {"extra": {"verify": False}}),
        ("default_model: it is blank", {"extra": {"default_model": "  "}}),
        ("dialect: it is blank", {"extra": {"dialect": " "}}),
        ("did you mean 'bearer'?", {"extra": {"auth": "bearrer"}}),
        ("content_hosts: ['a'] is not text", {"extra": {"content_hosts": ["a"]}}),
        ("prices: 1 is not text", {"extra": {"prices": {1: {"*": 1}}}}),
        ("dialect", {"extra": {"dialect": "{broken"}}),
        ("default_model", {"extra": {"default_model": 7}}),
        ("'defualt_model'", {"extra": {"defualt_model": "m"}}),
    ],
)
def test_a_wrong_field_is_named(field: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(**fields)
    assert field in str(caught.value)
    assert "Nothing was paid. Next:" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_error_holds_no_secret_and_no_word_of_the_librarys(caplog: pytest.LogCaptureFixture) -> None:
    for headers in ({"X": "hidden\n"}, {"X\n": "hidden"}, "hidden", ["hidden"], {"X": ["hidden"]}, {"Host": "hidden"}):
        with pytest.raises(ConfigurationError) as caught:
            read(extra={"headers": headers})
        told = "".join(traceback.format_exception(caught.value))
        assert "hidden" not in told.replace('{"headers": headers}', "") and "pydantic" not in str(caught.value)
        assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_every_field_is_read_also_from_text() -> None:
    settings = read(
        password=" key-123456 ",
        extra={
            "dialect": "SGLang",
            "auth": "basic",
            "default_model": "m",
            "prices": '{"sora-2*": {"*": 0.1}}',
            "request_timeout": "30",
            "headers": '{"X-Team": "video"}',
            "verify": "/ca.pem",
            "requests_per_minute": 60,
            "another_tools_field": 1,
        },
    )
    assert (settings.key, settings.dialect, settings.auth, settings.default_model) == (
        "key-123456",
        "sglang",
        "basic",
        "m",
    )
    assert settings.prices == {"sora-2*": {"*": 0.1}}
    assert (settings.timeout, settings.requests_per_minute, settings.verify) == (30.0, 60.0, "/ca.pem")
    assert settings.auth_headers() == {"X-Team": "video", "Authorization": "Basic key-123456"}
    assert "key-123456" not in repr(settings)


def test_the_default_model_stands_in_for_none_and_for_nothing_else() -> None:
    with_default, without = read(extra={"default_model": "m"}), read()
    assert (with_default.model_or_default(None), with_default.model_or_default("own")) == ("m", "own")
    assert (without.model_or_default(None), without.model_or_default("own")) == (None, "own")


def test_only_the_settings_fill_in_the_default_model() -> None:
    package = Path(airflow_provider_sora.__file__).parent
    readers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Attribute) and node.attr == "default_model"
    }
    # The doctor says what the connection holds; it asks for no video.
    assert readers == {"protocol/http/connection.py", "cli/diagnosis.py"}


def test_auth_forms() -> None:
    assert read(password="k").auth_headers() == {"Authorization": "Bearer k"}
    assert read().auth_headers() == {}
    assert read(password="k", extra={"auth": "none"}).auth_headers() == {}
    pair = base64.b64encode(b"me:k").decode()
    assert read(password="k", login="me", extra={"auth": "basic"}).auth_headers() == {"Authorization": f"Basic {pair}"}
    own = read(extra={"auth": "none", "headers": {"Authorization": "Key 1"}})
    assert own.has_credentials and own.auth_headers() == {"Authorization": "Key 1"}


def test_what_differs_from_a_dialect_is_part_of_it() -> None:
    def dialect(**extra: object) -> object:
        return read_connection(conn_id="c", host="http://s", extra=extra).dialect

    differs = {"create_encodings": ["json"]}
    wanted = {"base": "openai", "create_encodings": ["json"]}
    assert dialect(dialect="openai", dialect_overrides=differs) == wanted
    assert dialect(dialect="openai", dialect_overrides=json.dumps(differs)) == wanted
    assert dialect(dialect={"base": "openai", "remix": None}, dialect_overrides=differs) == {**wanted, "remix": None}
    assert dialect(dialect="openai", dialect_overrides={}) == "openai"
    with pytest.raises(ConfigurationError, match="dialect_overrides"):
        dialect(dialect_overrides=differs)
    with pytest.raises(ConfigurationError, match="dialect_overrides"):
        dialect(dialect="openai", dialect_overrides="not JSON")


def test_port_zero_never_enters_the_address() -> None:
    for host, port, wanted in (
        ("http://s:8000/v1", 0, "http://s:8000/v1"),
        ("https://s.example/v1", 0, "https://s.example/v1"),
        ("https://s.example", None, "https://s.example/v1"),
        ("http://s/v1", 8000, "http://s:8000/v1"),
    ):
        assert read_connection(conn_id="c", host=host, port=port).base_url == wanted
