"""What an approval copies and a withdrawal takes away: right, once, whatever happens in between, on real stores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_provider_sora.archive.afterwards.totals import report
from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.exceptions import ArchiveError, DecisionRefusedError, ForeignObjectError
from airflow_provider_sora.review.place import Place, open_place, read_trail
from airflow_provider_sora.review.promotion import KEEP, Published, promote, withdraw_copy
from airflow_provider_sora.stores.contract import ObjectStore
from airflow_provider_sora.stores.open import open_store
from tests.integration.review.clips import APPROVED, CLIP, FOLDER, HANA, approved, decide, made

COPIES = [
    f"{APPROVED}/{name}" for name in ("publish.json", "receipt.json", "spritesheet.jpg", "thumbnail.webp", "video.mp4")
]


@pytest.fixture(params=["file", "gs"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        f"file://{tmp_path}/archive" if request.param == "file" else f"gs://{request.getfixturevalue('gcs_bucket')}/a"
    )


def names(root: str, prefix: str = "approved/") -> list[str]:
    return [found.name for found in open_store(root).list(prefix)]


def again(place: Place) -> Published:
    """As a retry does: everything is opened and read anew."""
    fresh = open_place(place.receipt_uri)
    return promote(fresh, read_trail(fresh))


def check_published(root: str, place: Place) -> None:
    store = open_store(root)
    assert names(root) == COPIES
    assert store.read_bytes(f"{APPROVED}/video.mp4") == CLIP
    for name in COPIES[1:]:
        assert store.read_bytes(name) == store.read_bytes(name.replace("approved/", "unreviewed/", 1)), name
    note = json.loads(store.read_bytes(f"{APPROVED}/publish.json"))
    assert note["uri"] == f"{root}/{APPROVED}/video.mp4" and note["sha256"] == place.sha256
    assert note["caption"] == "A lamp ランプ" and note["alt"] == "A lamp on a table, evening light"
    assert note["approved"][0]["by"] == "kenji" and note["source_uri"].startswith(f"{root}/unreviewed/")
    assert {finding.problem for finding in verify(root)} == {None}
    assert {finding.problem for finding in verify(f"{root}/approved")} == {None}
    assert report(root).total.videos == 1, "a copy is no second video, and cost nothing"


def test_an_approved_clip_is_copied_once_and_verified(root: str) -> None:
    place = approved(root)
    first = again(place)
    assert (first.uri, first.copied) == (f"{root}/{APPROVED}/video.mp4", 5)
    check_published(root, place)
    assert again(place).copied == 0
    check_published(root, place)


@pytest.mark.parametrize("state", ["rejected", "undecided", "change"])
def test_what_is_not_approved_is_not_copied(root: str, state: str) -> None:
    place = open_place(made(root))
    trail = decide(place, state, why="colder")
    with pytest.raises(DecisionRefusedError, match="Nothing was copied"):
        promote(place, trail)
    assert names(root) == []


def test_two_people_and_only_the_first_counts(root: str) -> None:
    place = open_place(made(root))
    seen = read_trail(place)
    decide(place, "rejected", why="wrong logo")
    from airflow_provider_sora.review.decisions import Decision
    from airflow_provider_sora.review.place import record_decision

    late = Decision("approved", 1, place.video_id, place.sha256, "2026-11-26T10:00:05+00:00", HANA)
    with pytest.raises(DecisionRefusedError, match=r"rejected by kenji at .*wrong logo.*answer of hana \(approved\)"):
        record_decision(place, seen, late)
    assert read_trail(place).state == "rejected"


def test_a_decision_about_other_bytes_is_none(root: str) -> None:
    from dataclasses import replace

    place = open_place(made(root))
    other = replace(place, receipt={**place.receipt, "objects": {"video": {"sha256": "00" * 32}}})
    from airflow_provider_sora.review.decisions import Decision, Trail
    from airflow_provider_sora.review.place import record_decision

    shown = Decision("approved", 1, place.video_id, place.sha256, "2026-11-26T10:00:05+00:00", HANA)
    with pytest.raises(DecisionRefusedError, match="not the one that was shown"):
        record_decision(other, Trail(), shown)


@pytest.mark.parametrize("taken", ["video.mp4", "receipt.json", "publish.json"])
def test_what_is_not_ours_is_left_alone(root: str, taken: str) -> None:
    place = approved(root)
    store = open_store(root)
    store.put_bytes(f"{APPROVED}/{taken}", b"somebody's", content_type="text/plain", metadata={})
    with pytest.raises(ForeignObjectError, match="was not touched"):
        again(place)
    assert store.read_bytes(f"{APPROVED}/{taken}") == b"somebody's"
    assert f"{APPROVED}/publish.json" not in names(root) or taken == "publish.json"


def test_a_source_that_is_not_what_was_archived_is_not_published(root: str) -> None:
    place = approved(root)
    store: ObjectStore = open_store(root)
    name = f"{FOLDER}/video_1/video.mp4"
    found = store.look(name)
    assert found
    store.delete(name)
    store.put_bytes(name, CLIP[:-1] + b"x", content_type="video/mp4", metadata=found.metadata)
    with pytest.raises(ArchiveError, match="not what was archived"):
        again(place)
    assert names(root) == []


# -- withdrawal


def test_a_withdrawn_clip_leaves_nothing_behind_but_its_trail(root: str) -> None:
    place = approved(root)
    again(place)
    trail = decide(place, "withdrawn", HANA, why="licence ended")
    assert withdraw_copy(place, trail) == 5
    assert names(root) == [] and f"{FOLDER}/video_1/video.mp4" in names(root, "")
    assert withdraw_copy(place, trail) == 0, "done again, nothing is left to do"
    with pytest.raises(DecisionRefusedError, match="withdrawn by hana"):
        again(place)
    decide(place, "approved")
    assert again(place).copied == 5
    assert json.loads(open_store(root).read_bytes(COPIES[0]))["approved"][0]["number"] == 3


def test_a_kept_copy_can_no_longer_be_published(root: str) -> None:
    place = approved(root)
    again(place)
    assert withdraw_copy(place, decide(place, "withdrawn"), copy=KEEP) == 1
    assert names(root) == COPIES[1:]


def test_only_what_was_withdrawn_and_is_ours_is_removed(root: str) -> None:
    place = approved(root)
    again(place)
    with pytest.raises(DecisionRefusedError, match="its copy stays"):
        withdraw_copy(place, read_trail(place))
    store = open_store(root)
    store.delete(f"{APPROVED}/video.mp4")
    store.put_bytes(f"{APPROVED}/video.mp4", b"somebody's", content_type="text/plain", metadata={})
    trail = decide(place, "withdrawn")
    with pytest.raises(ForeignObjectError):
        withdraw_copy(place, trail)
    assert store.read_bytes(f"{APPROVED}/video.mp4") == b"somebody's"
    assert f"{APPROVED}/publish.json" not in names(root), "what others publish by goes first"


def test_withdrawn_while_it_is_copied(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_sora.review import promotion

    place = approved(root)
    put = promotion._put_note

    def meanwhile(at: Place, name: str, data: bytes) -> int:
        withdraw_copy(at, decide(at, "withdrawn", HANA))
        return put(at, name, data)

    monkeypatch.setattr(promotion, "_put_note", meanwhile)
    with pytest.raises(DecisionRefusedError, match="withdrawn by hana"):
        promote(place, read_trail(place))
    assert f"{APPROVED}/publish.json" not in names(root)
