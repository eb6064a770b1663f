"""A mark is the key of a Variable: short enough for one, told from every other connection's, and gone in time."""

from __future__ import annotations

import pytest

from airflow_provider_sora.webhooks.marks import KEPT_MARKS, KEPT_SECONDS, Mark, key_of, outdated, read_keys, short

NOW = 1_795_000_000_000


def mark(at: int = NOW, video: str = "video_1", delivery: str = "evt_1") -> Mark:
    return Mark(at, short(video), short(delivery))


@pytest.mark.parametrize("conn_id", ["sora_default", "a.b", "c" * 250, "with blank", "名前"])
def test_what_was_written_is_read(conn_id: str) -> None:
    key = key_of(conn_id, mark())
    assert len(key) <= 250, "the column is not longer"
    assert read_keys(conn_id, [key]) == {key: mark()}


def test_another_connection_s_marks_are_not_ours() -> None:
    ours, others = key_of("a", mark()), key_of("a.b", mark())
    assert list(read_keys("a", [others, ours, "sora_webhook.a.nonsense", "else"])) == [ours]


def test_they_come_oldest_first() -> None:
    keys = [key_of("a", mark(NOW + n, delivery=str(n))) for n in (5, 1, 3)]
    assert [found.at - NOW for found in read_keys("a", keys).values()] == [1, 3, 5]


def test_old_ones_go_and_so_do_the_oldest_of_too_many() -> None:
    old, young = mark(NOW - KEPT_SECONDS * 1000 - 1), mark(NOW - KEPT_SECONDS * 1000)
    marks = read_keys("a", [key_of("a", old), key_of("a", young)])
    assert outdated(marks, NOW) == [key_of("a", old)]
    many = read_keys("a", [key_of("a", mark(NOW + n, delivery=str(n))) for n in range(KEPT_MARKS + 2)])
    assert outdated(many, NOW) == list(many)[:2]
