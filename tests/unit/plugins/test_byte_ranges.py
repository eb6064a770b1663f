"""Which bytes a player gets, for every form of the header that RFC 9110 knows."""

from __future__ import annotations

import pytest

from airflow_provider_sora.plugins.serving.byte_ranges import NotSatisfiableError, part_of


@pytest.mark.parametrize(
    ("header", "start", "stop", "whole"),
    [
        (None, 0, 100, True),
        ("bytes=0-", 0, 100, False),
        ("bytes=0-0", 0, 1, False),
        ("bytes=10-19", 10, 20, False),
        ("bytes=90-1000", 90, 100, False),
        ("bytes=-10", 90, 100, False),
        ("bytes=-1000", 0, 100, False),
        ("Bytes = 5 - 6", 5, 7, False),
        ("bytes=6-5", 0, 100, True),
        ("bytes=0-1,5-6", 0, 100, True),
        ("items=0-1", 0, 100, True),
        ("bytes=-", 0, 100, True),
        ("bytes=a-b", 0, 100, True),
        ("", 0, 100, True),
        (f"bytes=0-{'9' * 30}", 0, 100, True),
    ],
)
def test_the_part(header: str | None, start: int, stop: int, whole: bool) -> None:
    found = part_of(header, 100)
    assert (found.start, found.stop, found.whole) == (start, stop, whole)


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-1", 0)])
def test_nothing_of_it_is_there(header: str, size: int) -> None:
    with pytest.raises(NotSatisfiableError):
        part_of(header, size)


def test_it_says_which_part() -> None:
    assert part_of("bytes=10-19", 100).content_range(100) == "bytes 10-19/100"
