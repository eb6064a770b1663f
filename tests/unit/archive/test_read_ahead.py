from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from airflow_provider_sora.archive.copying.read_ahead import ReadAhead

BLOCKS = [bytes([number]) * 1000 for number in range(40)]
WHOLE = b"".join(BLOCKS)


class Counting:
    """Blocks that tell how many were taken, and in which thread."""

    def __init__(self, blocks: list[bytes]) -> None:
        self.blocks = blocks
        self.taken = 0
        self.moved = threading.Condition()
        self.threads: set[str] = set()

    def __iter__(self) -> Iterator[bytes]:
        for block in self.blocks:
            with self.moved:
                self.taken += 1
                self.moved.notify_all()
            self.threads.add(threading.current_thread().name)
            yield block

    def wait_for(self, taken: int) -> bool:
        with self.moved:
            return self.moved.wait_for(lambda: self.taken >= taken, timeout=10)


@pytest.mark.parametrize("size", [1, 999, 1000, 1001, 7777, 40_000, 50_000])
@pytest.mark.parametrize("ahead", [1, 2500, 1 << 20])
def test_every_read_is_full_until_the_end(size: int, ahead: int) -> None:
    with ReadAhead(BLOCKS, ahead=ahead) as readable:
        parts = list(iter(lambda: readable.read(size), b""))
        assert readable.tell() == len(WHOLE)
        assert readable.read(size) == b""
    assert b"".join(parts) == WHOLE
    assert {len(part) for part in parts[:-1]} <= {size}


def test_a_negative_size_reads_all() -> None:
    with ReadAhead(BLOCKS, ahead=10) as readable:
        assert readable.read(500) + readable.read() == WHOLE


def test_it_reads_ahead_in_a_thread_of_its_own_and_no_further_than_told() -> None:
    source = Counting(BLOCKS)
    with ReadAhead(source, ahead=3000) as readable:
        assert source.wait_for(4), "nothing was read before it was asked for"
        # Three blocks wait and the fourth is in hand; a fifth would be one too many.
        assert not source_moves_past(source, 4)
        assert readable.read(1000) == BLOCKS[0]
        assert source.wait_for(5)
    assert source.threads == {"read-ahead"}


def source_moves_past(source: Counting, taken: int) -> bool:
    with source.moved:
        return source.moved.wait_for(lambda: source.taken > taken, timeout=0.2)


def test_an_error_of_the_source_comes_after_what_was_good() -> None:
    def breaks() -> Iterator[bytes]:
        yield b"good"
        raise ValueError("broke")

    with ReadAhead(breaks()) as readable:
        assert readable.read(4) == b"good"
        for _ in range(2):
            with pytest.raises(ValueError, match="broke"):
                readable.read(4)


def test_leaving_early_ends_the_thread_and_the_reading() -> None:
    source = Counting(BLOCKS)
    with pytest.raises(RuntimeError, match="sink"), ReadAhead(source, ahead=1000) as readable:
        readable.read(1000)
        raise RuntimeError("the sink failed")
    assert source.taken < len(BLOCKS)
    assert not any(thread.name == "read-ahead" for thread in threading.enumerate())
