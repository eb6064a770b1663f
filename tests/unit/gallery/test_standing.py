"""What people decided is on the shelf as soon as it lies in the archive, and the shelf never asks for what it knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_sora.gallery.filling import fill, look_again
from airflow_provider_sora.review.decisions import Decision
from airflow_provider_sora.review.place import open_place, read_trail, record_decision
from tests.unit.gallery.test_shelf import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def decide(receipt: str, state: str, name: str, **more: int) -> None:
    place = open_place(receipt)
    trail = read_trail(place)
    decision = Decision(
        state, len(trail.decisions) + 1, place.video_id, place.sha256, "2026-11-26T10:00:00+00:00",
        by={"id": name, "name": name}, why="words", **more,
    )  # fmt: skip
    record_decision(place, trail, decision)


def test_a_decision_comes_with_the_next_look(house: House) -> None:
    receipts = [str(house.make(f"video_{number}").record.receipt_uri) for number in range(3)]
    decide(receipts[0], "rejected", "hana")
    fill(house.archive, house.shelf)
    assert house.ids(review="rejected") == ["video_0"] and sorted(house.ids(review="pending")) == ["video_1", "video_2"]
    decide(receipts[0], "approved", "kenji")
    decide(receipts[1], "approved", "hana", approvers=2)
    assert fill(house.archive, house.shelf, below="unreviewed/shop/2026/11/26/") == 0
    assert house.ids(review="approved") == ["video_0"] and house.ids(review="approved_in_part") == ["video_1"]
    assert set(house.shelf.choices(["shop"])["review"]) == {"approved", "approved_in_part", "pending"}
    decide(receipts[1], "approved", "kenji", approvers=2)
    folder = receipts[1].removeprefix(f"file://{house.root}/").rpartition("/")[0]
    assert len(look_again(house.archive, house.shelf, folder).decisions) == 2
    assert sorted(house.ids(review="approved")) == ["video_0", "video_1"], "one clip alone was looked at"


def test_decisions_that_nobody_can_read_are_told(house: House) -> None:
    receipt = str(house.make("video_1").record.receipt_uri)
    decide(receipt, "approved", "hana")
    path = Path(receipt.removeprefix("file://")).with_name("decision-0001.json")
    path.write_text("{")
    fill(house.archive, house.shelf)
    assert house.ids(review="damaged") == ["video_1"] and house.ids(review="approved") == []


def test_only_clips_with_further_decisions_are_read_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_sora.gallery import filling

    receipts = [str(house.make(f"video_{number}").record.receipt_uri) for number in range(3)]
    for receipt in receipts:
        decide(receipt, "rejected", "hana")
    fill(house.archive, house.shelf)
    read: list[str] = []
    real = filling.read_standing

    def counted(store, folder, decisions):  # type: ignore[no-untyped-def]
        read.append(folder)
        return real(store, folder, decisions)

    monkeypatch.setattr(filling, "read_standing", counted)
    fill(house.archive, house.shelf)
    assert read == []
    decide(receipts[2], "approved", "hana")
    fill(house.archive, house.shelf)
    assert [folder.rpartition("/")[2] for folder in read] == ["video_2"]
