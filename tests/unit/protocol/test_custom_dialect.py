from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.protocol.servers.custom import resolve_dialect
from airflow_provider_sora.protocol.servers.dialect import CALLS
from airflow_provider_sora.protocol.servers.dialects import DIALECTS, OPENAI


def test_auto_asks_the_server() -> None:
    assert resolve_dialect("auto") is None


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_every_dialect_is_named_sourced_and_consistent(name: str) -> None:
    dialect = resolve_dialect(name)
    assert dialect is not None
    assert dialect.name == name
    assert dialect.sources
    assert dialect.calls <= set(CALLS)
    assert (dialect.remix is not None) >= ("remix" in dialect.calls)
    assert (dialect.cancel is not None) == ("cancel" in dialect.calls)
    assert dialect.documented_only == all(source.startswith("documents") for source in dialect.sources)
    if dialect.reference_data == "part":
        assert "multipart" in dialect.create_encodings or dialect.documented_only


def test_a_description_overrides_its_base() -> None:
    dialect = resolve_dialect(
        {
            "base": "openai",
            "name": "house",
            "label": "our gateway",
            "create_encodings": ["json"],
            "seconds_form": "integer",
            "seconds_allowed": [5, 10],
            "sizes_allowed": None,
            "extra_fields": None,
            "extra_under": {"options": ["seed"]},
            "remix": "field",
            "cancel": ["POST", "/videos/{id}/stop"],
            "status_words": {"Baking": "in_progress"},
            "reference_url": "field:image",
            "prompt_limit": 500,
        }
    )
    assert dialect is not None
    assert (dialect.name, dialect.label, dialect.create_encodings) == ("house", "our gateway", ("json",))
    assert dialect.calls == OPENAI.calls | {"cancel"}
    assert dialect.status_words == {"baking": "in_progress"}
    assert dialect.sources[0].startswith("connection")


def test_taking_remix_away_takes_the_call_away() -> None:
    dialect = resolve_dialect({"base": "openai", "remix": None})
    assert dialect is not None and "remix" not in dialect.calls


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("vllm-onmi", "did you mean 'vllm-omni'"),
        ("", "unknown"),
        ({"base": "nope"}, "unknown"),
        ({"base": 3}, "dialect.base"),
        ({"name": 3}, "dialect.name"),
        ({"secondsform": "integer"}, "did you mean 'seconds_form'"),
        ({"seconds_form": "float"}, "dialect.seconds_form"),
        ({"seconds_form": True}, "dialect.seconds_form"),
        ({"calls": ["create", "fly"]}, "'fly' is no call"),
        ({"calls": "create"}, "list of names"),
        ({"create_encodings": ["xml"]}, "create_encodings"),
        ({"create_encodings": []}, "create_encodings"),
        ({"seconds_allowed": ["4"]}, "whole numbers"),
        ({"seconds_allowed": [True]}, "whole numbers"),
        ({"prompt_limit": 0}, "prompt_limit"),
        ({"size_pattern": "("}, "no regular expression"),
        ({"reference_url": "field:"}, "reference_url"),
        ({"cancel": ["GET", "/videos/{id}/cancel"]}, "dialect.cancel[0]: 'GET' is not possible"),
        ({"cancel": ["POST"]}, "dialect.cancel[1]: it is missing"),
        ({"cancel": ["POST", "/videos/cancel"]}, "no call"),
        ({"extra_under": ["seed"]}, "JSON object"),
        ({"extra_under": {"a": "seed"}}, "list of names"),
        ({"status_words": {"a": 1}}, "words to words"),
        ({"wants_key": "yes"}, "true or false"),
        ({"label": ""}, "not text"),
        ({"remix": []}, "dialect.remix"),
        ({"documented_only": False}, "no such field"),
    ],
)
def test_a_mistake_is_said(option: Any, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve_dialect(option, "c")
    assert words in str(caught.value)
    assert "Connection 'c'" in str(caught.value) and "Nothing was paid" in str(caught.value)
