"""What a reviewer is offered while a spending cap leaves no room for it."""

from __future__ import annotations

import json
import logging
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace

import pytest

from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.caps.configured import open_book
from airflow_provider_sora.caps.limits import Cap
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.review.place import open_place, read_trail
from airflow_provider_sora.tasks.questions.asking import offer_of
from airflow_provider_sora.tasks.questions.reviewing import Case, Policy
from airflow_provider_sora.tasks.running import Running
from tests.support.content import MemorySource
from tests.support.media import sample_mp4

CAP = {"per": "month", "usd": 1, "label": "brand"}


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A clip of the brand hinoki that was made for $0.40 and waits for its answer."""
    connection = {"conn_type": "sora", "host": "http://127.0.0.1:1/v1", "extra": {"prices": {"*": {"*": 0.1}}}}
    monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__SORA__CAPS", json.dumps([CAP]))
    monkeypatch.setenv("AIRFLOW__SORA__CAPS_BOOK", f"file://{tmp_path}/book")
    record = VideoRecord(
        "video_1",
        sora_conn_id="sora_default",
        status="completed",
        requested={"prompt": "A lamp", "model": "sora-2", "seconds": 4, "size": "1280x720"},
        labels={"brand": "hinoki"},
    )
    kept = archive_video(MemorySource(sample_mp4()), record, destination=f"file://{tmp_path}/archive")
    ti = SimpleNamespace(dag_id="video_review", run_id="r", task_id="clip.review", map_index=0)
    place = open_place(str(kept.record.receipt_uri))
    return Case(Running({"ti": ti}, logging.getLogger("test")), place, read_trail(place), Policy())


def test_a_change_is_offered_while_there_is_room_for_it_and_not_beyond(case: Case, tmp_path: Path) -> None:
    assert offer_of(case).price == "$0.40" and not offer_of(case).refused
    book = open_book(f"file://{tmp_path}/book", (Cap("month", 1, "brand"),), UTC)
    book.take("another brand's", 1, {"brand": "sugi"}, {})
    assert offer_of(case).price == "$0.40"
    book.take("its own", 0.7, {"brand": "hinoki"}, {})
    offer = offer_of(case)
    assert offer.price == "" and "allows $1 a month for brand=hinoki. $0.30 of that is left" in offer.refused
