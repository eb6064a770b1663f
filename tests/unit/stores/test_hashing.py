"""Hashing beside the reading: the same digest, in order, a bounded number of blocks waiting, and no thread left."""

import os
import threading
import time

import pytest

from airflow_provider_sora.stores.hashing import Hasher, HasherAside

BLOCKS = [os.urandom(size) for size in (1, 70_000, 1 << 20, 3, 1 << 18) * 5]


def test_digest_beside_is_the_digest_in_line() -> None:
    plain = Hasher()
    with HasherAside() as aside:
        for block in BLOCKS:
            plain.update(block)
            aside.update(block)
            if len(block) == 3:
                assert aside.sha256_so_far() == plain.sha256_so_far()
        assert aside.digest() == plain.digest()


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hasher that is slower than the network holds the reader back, and not ever more blocks."""
    go_on = threading.Event()
    monkeypatch.setattr(Hasher, "update", lambda self, data: go_on.wait(10))
    taken: list[int] = []

    def read() -> None:
        for number in range(HasherAside.BEHIND * 3):
            aside.update(b"x")
            taken.append(number)

    with HasherAside() as aside:
        reader = threading.Thread(target=read)
        reader.start()
        deadline = time.monotonic() + 10
        while len(taken) < HasherAside.BEHIND and time.monotonic() < deadline:
            time.sleep(0.01)
        reader.join(0.2)
        held_at = len(taken)
        go_on.set()
        reader.join(10)
    assert held_at == HasherAside.BEHIND
    assert len(taken) == HasherAside.BEHIND * 3


def test_thread_ends_and_a_fault_of_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with HasherAside() as aside:
        aside.update(b"x")
        assert any(thread.name.startswith("hashing") for thread in threading.enumerate())
    assert not any(thread.name.startswith("hashing") for thread in threading.enumerate())

    monkeypatch.setattr(Hasher, "update", lambda self, data: 1 / 0)
    with HasherAside() as aside:
        aside.update(b"x")
        with pytest.raises(ZeroDivisionError):
            aside.digest()
