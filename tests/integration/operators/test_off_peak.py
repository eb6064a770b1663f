"""The example of the documents that pays at night only."""

from __future__ import annotations

import runpy
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.animatic import KEY

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "off_peak.py"


@pytest.mark.parametrize(
    ("zone", "now", "pays_at"),
    [
        ("UTC", "2026-11-26T21:59:59+00:00", "2026-11-26T22:00:00+00:00"),
        ("UTC", "2026-11-26T22:00:00+00:00", "2026-11-26T22:00:00+00:00"),
        ("UTC", "2026-11-27T05:59:59+00:00", "2026-11-27T05:59:59+00:00"),
        ("UTC", "2026-11-27T06:00:00+00:00", "2026-11-27T22:00:00+00:00"),
        ("Asia/Tokyo", "2026-11-26T12:00:00+00:00", "2026-11-26T22:00:00+09:00"),
        ("Asia/Tokyo", "2026-11-26T14:00:00+00:00", "2026-11-26T23:00:00+09:00"),
        ("America/New_York", "2026-11-01T04:30:00+00:00", "2026-11-01T00:30:00-04:00"),  # the clocks go back that night
        ("America/New_York", "2026-11-01T12:00:00+00:00", "2026-11-01T22:00:00-05:00"),
    ],
)
def test_the_window_is_that_of_the_servers_zone(zone: str, now: str, pays_at: str) -> None:
    off_peak = runpy.run_path(str(EXAMPLE))["off_peak"]
    assert off_peak(zone, datetime.fromisoformat(now)) == pays_at


@pytest.mark.parametrize("opens_in", [-60, 25])
def test_nothing_is_paid_before_the_window_opens(opens_in, animatic, run_dag, sora_connection, tmp_path) -> None:
    sora_connection(animatic.url, KEY, timezone="Asia/Tokyo")
    opens = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=opens_in)
    closes = opens + timedelta(hours=8)
    tokyo = timedelta(hours=9)
    source = EXAMPLE.read_text("utf-8").replace(
        "time(22), time(6)",
        f"time.fromisoformat('{opens + tokyo:%H:%M:%S}'), time.fromisoformat('{closes + tokyo:%H:%M:%S}')",
    )
    source = source.replace('DAG("off_peak"', 'DAG("DAG_ID"').replace(
        "gs://my-bucket/clips", f"file://{tmp_path}/clips"
    )
    source = source.replace(
        'user_defined_macros={"off_peak": off_peak}):', 'user_defined_macros={"off_peak": off_peak}) as dag:'
    )
    result = run_dag(source)
    assert result.state == "success", result.states()
    paid = [job["created_at"] for job in animatic.jobs()]
    assert len(paid) == animatic.stats()["paid_submits"] == 1
    assert paid[0] >= opens.timestamp()
    assert opens_in < 0 or time.time() >= opens.timestamp()
