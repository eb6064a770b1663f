"""What a decorated function may answer, and what is said of anything else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.decorators.answer import MOST_BYTES, read_answer
from airflow_provider_sora.exceptions import ConfigurationError

KNOWN = ("prompt", "seconds", "size", "labels", "input_reference", "characters")


def read(answer: object) -> dict[str, Any]:
    return read_answer("clip", answer, KNOWN)


def test_text_is_the_prompt_and_a_mapping_is_arguments() -> None:
    assert read("a red mug ") == {"prompt": "a red mug "}
    assert read({"prompt": "a mug", "seconds": 4, "labels": {"sku": "A1"}}) == {
        "prompt": "a mug",
        "seconds": 4,
        "labels": {"sku": "A1"},
    }


def test_none_leaves_an_argument_to_the_decorator() -> None:
    assert read({"prompt": "a mug", "seconds": None}) == {"prompt": "a mug"}


def test_what_the_first_try_uses_is_what_a_later_one_reads_back() -> None:
    found = read({"prompt": "a mug", "input_reference": Path("/photos/mug.png"), "characters": ("c1", "c2")})
    assert found == {"prompt": "a mug", "input_reference": "/photos/mug.png", "characters": ["c1", "c2"]}


def test_braces_stay_as_they_are() -> None:
    assert read("{{ conn.sora_default.password }}") == {"prompt": "{{ conn.sora_default.password }}"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, r"clip\(\) returned nothing"),
        (["a", "b"], "returned a list"),
        ({1: "a"}, "returned a dict"),
        ("  ", "prompt is blank"),
        ({"seconds": 4}, "prompt is blank"),
        ({"prompt": 4}, "prompt must be text"),
        ({"prompt": "a", "second": 4}, "Did you mean 'seconds'"),
        ({"prompt": "a", "seconds": Decimal(4)}, r"seconds, which clip\(\) returned, cannot be kept"),
        ({"prompt": "a", "labels": {"at": float("nan")}}, "labels, which"),
        ({"prompt": "a", "input_reference": b"png"}, "input_reference, which"),
        (
            {"prompt": "a", "input_reference": "data:image/png;base64," + "A" * MOST_BYTES},
            "at most 400,000 are kept for its retries",
        ),
    ],
)
def test_anything_else_is_one_error_that_costs_nothing(answer: object, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        read(answer)
    assert "Nothing was paid." in str(caught.value)


def test_the_longest_prompt_fits_in_any_script() -> None:
    assert len(read("猫" * 32_000)["prompt"]) == 32_000
