"""The servers that tests lend each other: the next test finds nothing of the one before."""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_sora.protocol.detection import detect
from tests.support.animatic import KEY, lent_server


def test_a_lent_server_is_the_same_one_and_has_no_past() -> None:
    with lent_server(fps=3) as first:
        fresh = first.settings()
        first.fault(on="create", action="status", status=500, times=None, match="later")
        first.settings(queue_seconds=60, prompts_in_list=False, key="another key", models=["other-1"])
        headers = {"authorization": "Bearer another key"}
        made = httpx.post(f"{first.url}/videos", json={"prompt": "a mug", "model": "other-1"}, headers=headers)
        assert made.status_code == 200 and len(first.jobs()) == 1
        detect._places[first.url] = detect._Place()
        pid = first.pid
    with lent_server(fps=3) as second:
        assert second.pid == pid, "started only once"
        assert second.settings() == fresh
        assert (second.jobs(), second.faults(), second.requests()) == ([], [], [])
        assert not any(second.stats()[name] for name in ("paid_posts", "paid_submits", "posts_by_path", "calls"))
        assert second.url not in detect._places
        listed = httpx.get(f"{second.url}/videos", headers={"authorization": f"Bearer {KEY}"})
        assert listed.json()["data"] == []


def test_two_at_once_are_two_and_other_flags_are_another() -> None:
    with lent_server() as one, lent_server() as two, lent_server(fps=5) as three:
        assert len({one.pid, two.pid, three.pid}) == 3


def test_one_that_died_is_lent_to_nobody() -> None:
    with pytest.raises(OSError), lent_server(fps=4) as server:
        pid = server.pid
        server._process.kill()
    with lent_server(fps=4) as server:
        assert server.pid != pid
