"""The fault table of an approval, the same rows on every kind of store: whatever breaks between the decision and the
last copy, the next try finishes it, and nothing is decided or written twice. ``make test-s3`` and ``make test-azure``
bring what theirs need. That the event comes once, too, is what ``tests/system/test_review.py`` sees.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.review.place import open_place, read_trail
from airflow_provider_sora.review.promotion import Published, promote, withdraw_copy
from tests.integration.archive.test_fault_table import place, remote, servers
from tests.integration.review.clips import APPROVED, CLIP, FOLDER, decide, made
from tests.support.fault_proxy import Seen
from tests.support.object_stores import Place

__all__ = ["place", "servers"]

COPIES = [f"{APPROVED}/{name}" for name in ("publish.json", "receipt.json", "video.mp4")]
#: What is written, in order; a fault is put before and behind each.
STEPS = ["decision", "video", "receipt", "note"]
STORES = {"gs": "google.gcs:GcsStore", "file": "folders.local:LocalStore"}
KILLED = """
import json, os, signal, sys
from importlib import import_module
from airflow_provider_sora.stores.options import ArchiveOptions
module, name = sys.argv[1].split(":")
Store = getattr(import_module(f"airflow_provider_sora.stores.{module}"), name)
left, behind = [int(sys.argv[2])], sys.argv[3] == "behind"

def dying(call):
    def run(*args, **more):
        left[0] -= 1
        if left[0] == -1 and not behind:
            os.kill(os.getpid(), signal.SIGKILL)
        found = call(*args, **more)
        if left[0] == -1:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return run

Store.copy, Store.put_bytes = dying(Store.copy), dying(Store.put_bytes)
from airflow_provider_sora.review.place import open_place
from airflow_provider_sora.review.promotion import promote
from tests.integration.review.clips import decide
place = open_place(sys.argv[4], ArchiveOptions(stills=False, storage_conn_id=sys.argv[5] or None))
promote(place, decide(place, "approved"))
"""


@pytest.fixture
def receipt(place: Place) -> str:
    """Of a clip that waits for a decision."""
    return made(place.destination, options=place.options)


def again(place: Place, receipt: str) -> Published:
    """As a retry does: all is opened and read anew, and what was decided is not decided again."""
    fresh = open_place(receipt, place.options)
    trail = read_trail(fresh)
    return promote(fresh, trail if trail.state else decide(fresh, "approved"))


def copies(place: Place) -> dict[str, bytes]:
    """What is to be seen there; ``clips/`` is the place's own prefix."""
    found = {name.removeprefix("clips/"): data for name, data in place.found().items()}
    return {
        name: data
        for name, data in found.items()
        if name.startswith("approved/") and not name.rpartition("/")[2].startswith(".")
    }


def written(place: Place, request: pytest.FixtureRequest) -> Counter[str]:
    """How often each object below ``approved/`` was made, as the store itself counts it, or its door."""
    if place.kind == "gs":
        server, bucket = request.getfixturevalue("servers")("gs"), place.destination.split("/")[2]
        made = {name: count for (held, name), count in server.storage.made.items() if held == bucket}
        return Counter({name: count for name, count in made.items() if "/approved/" in f"/{name}"})
    if place.proxy is None:
        return Counter()
    makes = [seen for seen in place.proxy.seen if seen.status in (200, 201, 202) and _makes(seen)]
    return Counter(unquote(seen.path.partition("?")[0]) for seen in makes)


def _makes(seen: Seen) -> bool:
    query = seen.path.partition("?")[2]
    whole = seen.method == "PUT" and not any(word in query for word in ("partNumber=", "comp=block&", "comp=metadata"))
    return "/approved/" in seen.path and (whole or (seen.method == "POST" and "uploadId=" in query))


def assert_published_once(place: Place, receipt: str, request: pytest.FixtureRequest, *, over_itself: int = 0) -> None:
    """:param over_itself: how often the store's own client may have repeated the video's copy."""
    found = copies(place)
    assert sorted(found) == COPIES and found[f"{APPROVED}/video.mp4"] == CLIP
    assert json.loads(found[f"{APPROVED}/publish.json"])["approved"][0]["by"] == "kenji"
    assert len(read_trail(open_place(receipt, place.options)).decisions) == 1, "the same decision is not written twice"
    assert again(place, receipt).copied == 0, "a clear finds all there"
    counts = written(place, request)
    video = [counts.pop(path) for path in list(counts) if path.endswith("/video.mp4")]
    assert set(counts.values()) <= {1}, counts
    assert all(1 <= count <= 1 + over_itself for count in video), video
    assert len(written(place, request)) == (0 if place.kind == "file" else 3)
    assert {finding.problem for finding in verify(place.destination, place.options)} == {None}


@pytest.mark.parametrize("side", ["before", "behind"])
@pytest.mark.parametrize("step", range(len(STEPS)), ids=STEPS)
def test_killed_at_each_step_and_tried_again(
    place: Place, receipt: str, step: int, side: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    script, root = tmp_path / "one.py", Path(__file__).parents[3]
    script.write_text(textwrap.dedent(KILLED))
    path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    store = STORES.get(place.kind, "fsspec.object_storage:ObjectStorageStore")
    arguments = [store, str(step), side, receipt, place.options.storage_conn_id or ""]
    died = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=root, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert died.returncode == -9, died.stderr
    there = max(0, step - 1 + (side == "behind"))
    assert len(copies(place)) == there, "what was not reached is not there"
    decided = read_trail(open_place(receipt, place.options)).state
    assert decided == (None if (step, side) == (0, "before") else "approved")
    assert again(place, receipt).copied == 3 - there
    assert_published_once(place, receipt, request)


def _writes(name: str) -> Callable[[Seen], bool]:
    """The request that makes an object of that name."""

    def match(seen: Seen) -> bool:
        if "/b/" in seen.path and "/o" in seen.path:  # Cloud Storage: a small object's name stands in the body
            return ("/rewriteTo/" in seen.path and name in seen.path) if name == "video.mp4" else seen.is_media
        return seen.method in ("PUT", "POST") and name in seen.path

    return match


@remote
@pytest.mark.parametrize("action", [503, "reset", "lose_reply"])
@pytest.mark.parametrize("what", ["decision-0001.json", "video.mp4", "publish.json"])
def test_a_request_that_fails_on_the_way(
    place: Place, receipt: str, what: str, action: int | str, request: pytest.FixtureRequest
) -> None:
    assert place.proxy is not None
    if what == "publish.json":
        decide(open_place(receipt, place.options), "approved")
    place.proxy.fault(_writes(what), action)
    for _ in range(3):
        try:
            again(place, receipt)
            break
        except ArchiveError as error:
            assert not error.never_retry, error
    assert place.proxy.rules[0].times == 0, "the fault was met"
    # Not every store that speaks S3 takes a condition on a copy, so botocore's own repeat puts the same bytes over
    # themselves; ours would find them there.
    repeated = (place.kind, what, action) == ("s3", "video.mp4", "lose_reply")
    assert_published_once(place, receipt, request, over_itself=int(repeated))


@remote
def test_a_store_that_stays_down_loses_nothing(place: Place, receipt: str, request: pytest.FixtureRequest) -> None:
    assert place.proxy is not None
    decide(open_place(receipt, place.options), "approved")
    place.proxy.fault(_writes("video.mp4"), 503, 10_000)
    with pytest.raises(ArchiveError):
        again(place, receipt)
    assert copies(place) == {}
    place.proxy.rules.clear()
    again(place, receipt)
    assert_published_once(place, receipt, request)


def test_two_workers_at_once_end_with_one_copy(place: Place, receipt: str) -> None:
    decide(open_place(receipt, place.options), "approved")

    def run(_: int) -> Any:
        try:
            return again(place, receipt)
        except ArchiveError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, range(2)))
    assert any(isinstance(result, Published) for result in results), results
    assert sorted(copies(place)) == COPIES and again(place, receipt).copied == 0
    assert {finding.problem for finding in verify(place.destination, place.options)} == {None}


def test_a_withdrawal_that_was_cut_off_is_finished(place: Place, receipt: str) -> None:
    again(place, receipt)
    fresh = open_place(receipt, place.options)
    trail = decide(fresh, "withdrawn", why="licence ended")
    fresh.store.delete(COPIES[0])
    assert withdraw_copy(fresh, trail) == 2 and withdraw_copy(fresh, trail) == 0
    assert copies(place) == {}
    assert f"clips/{FOLDER}/video_1/video.mp4" in place.found()
