"""``airflow sora forget``: all that is about a person goes, on the server too, and a second look proves it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.exceptions import ArchiveError
from airflow_provider_sora.review.decisions import APPROVED, Decision
from airflow_provider_sora.review.place import open_place, read_trail, record_decision
from airflow_provider_sora.review.promotion import promote
from airflow_provider_sora.runs.private import forgetting
from airflow_provider_sora.stores.google.gcs import GcsStore
from tests.integration.dags.conftest import PRICES, Bench
from tests.integration.dags.guests import GUESTS, run
from tests.support.animatic import KEY, AnimaticServer


def forget(bench: Bench, *words: str, stdin: str = "") -> tuple[int, Any, str]:
    """Exit code, what was printed as JSON, and what went to standard error."""
    command = [sys.executable, "-m", "airflow_provider_sora", "forget", f"gs://{bench.bucket}/desk", *words]
    done = subprocess.run(
        [*command, "--output", "json"], capture_output=True, text=True, timeout=300, input=stdin, env=dict(os.environ)
    )
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr


def receipts(bench: Bench) -> list[dict[str, Any]]:
    return [bench.read(name) for name in bench.names("/receipt.json")]


def approve(receipt_uri: str) -> None:
    place = open_place(receipt_uri)
    trail = read_trail(place)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    decision = Decision(APPROVED, 1, place.video_id, place.sha256, now, by={"id": "7", "name": "ada"})
    promote(place, record_decision(place, trail, decision))


def on_the_disk(root: Path, piece: str) -> list[str]:
    """Files of a server that hold these words, or are called so."""
    return [
        str(path)
        for path in root.rglob("*")
        if path.is_file() and (piece in str(path) or piece.encode() in path.read_bytes())
    ]


@pytest.fixture
def disk(party: Bench, sora_connection: Any, tmp_path: Path) -> Iterator[Path]:
    """The folder of the server that makes the clips."""
    with AnimaticServer(state=tmp_path / "server") as server:
        party.server = server
        sora_connection(server.url, KEY, prices=PRICES)
        yield tmp_path / "server"


def test_a_person_is_forgotten_everywhere(party: Bench, disk: Path) -> None:
    assert run(party).state == "success"
    assert run(party).state == "success"  # a second run's pages lead to the clips of the first
    hers = next(receipt for receipt in receipts(party) if "kites" not in str(prompt_of(party, receipt)))
    subject, video_id = hers["labels"]["subject"], hers["video_id"]
    approve(hers["objects"]["video"]["uri"].rpartition("/")[0] + "/receipt.json")
    assert [name for name in party.names() if video_id in name and "/approved/" in name]
    assert on_the_disk(disk, "Zaphkiel")

    before = party.names()
    code, told, _ = forget(party, "--key", subject, "--dry-run")
    assert code == 0 and {trace["state"] for trace in told["traces"]} == {"there"} and party.names() == before
    kinds = [trace["what"] for trace in told["traces"]]
    assert kinds.count("on the server") == 1 and kinds.count("marker") == 1 and kinds.count("page") >= 4

    code, told, said = forget(party, "--key", "-", stdin=f" {GUESTS[0]['guest']}\n")
    assert code == 0, (told, said)
    assert told["subject"] == subject and told["remaining"] == 0
    assert {trace["state"] for trace in told["traces"]} == {"gone"}
    # Looked for by other eyes: no object, no page and no server has it any more, and the other guest has lost nothing.
    assert [name for name in party.names() if video_id in name] == []
    for name in party.names():
        if name.endswith((".html", ".csv")) or name.endswith(("/index.json", "/manifest.json")):
            assert video_id not in str(party.read(name)), name
    (other,) = receipts(party)
    assert other["labels"]["subject"] != subject
    assert [job["id"] for job in party.server.jobs()] == [other["video_id"]]
    assert on_the_disk(disk, "Zaphkiel") == []
    manifests = [party.read(name) for name in party.names("/manifest.json")]
    assert all(len(found["clips"]) == 1 for found in manifests)
    (page, *_) = [party.read(name) for name in party.names("/campaign.html")]
    assert page.count("<article") == 1

    # No later run makes a clip about her again, though her row is still there.
    assert run(party).state == "success" and party.paid() == 2
    assert "forgotten" in [entry.get("code") for entry in party.index()["skipped"]]
    # Done again, there is nothing left to do.
    code, told, _ = forget(party, "--key", subject)
    assert code == 0 and told["traces"] == []


def prompt_of(bench: Bench, receipt: dict[str, Any]) -> str:
    return next(job["prompt"] for job in bench.server.jobs() if job["id"] == receipt["video_id"])


def test_what_cannot_be_deleted_remains_with_its_reason(party: Bench, sora_connection: Any) -> None:
    assert run(party).state == "success"
    subject = receipts(party)[0]["labels"]["subject"]
    party.server.fault(on="delete", action="status", status=503, times=None)
    code, told, _ = forget(party, "--key", subject)
    remaining = [trace for trace in told["traces"] if trace["state"] == "remains"]
    assert code == 1 and [trace["what"] for trace in remaining] == ["on the server", "object"]
    assert "503" in remaining[0]["why"] and remaining[1]["where"].endswith("/receipt.json")
    party.server.clear_faults()

    # The connection leads to another server now, which must not be asked to delete a job of the same id.
    with AnimaticServer() as elsewhere:
        sora_connection(elsewhere.url, KEY, prices=PRICES)
        code, told, _ = forget(party, "--key", subject)
    assert code == 1 and "leads to" in told["traces"][0]["why"]

    # Where it leads back, the same command goes on and ends.
    sora_connection(party.server.url, KEY, prices=PRICES)
    code, told, _ = forget(party, "--key", subject)
    assert code == 0 and told["remaining"] == 0 and len(party.server.jobs()) == 1


def test_a_receipt_stays_while_anything_of_its_clip_does(party: Bench, disk: Path, monkeypatch: Any) -> None:
    assert run(party).state == "success"
    subject = receipts(party)[0]["labels"]["subject"]
    delete = GcsStore.delete

    def locked(store: Any, name: str) -> None:
        if name.endswith("video.mp4"):
            raise ArchiveError("a retention policy keeps it")
        delete(store, name)

    with monkeypatch.context() as patch:
        patch.setattr(GcsStore, "delete", locked)
        traces = forgetting.forget(f"gs://{party.bucket}/desk", subject)
    remaining = [trace.where.rpartition("/")[2] for trace in traces if trace.state == "remains"]
    assert sorted(remaining) == ["receipt.json", "video.mp4"]
    code, told, _ = forget(party, "--key", subject)
    assert code == 0 and told["remaining"] == 0 and told["traces"], "found again, and gone now"


def test_a_persons_own_key_is_not_taken_from_the_command_line(party: Bench) -> None:
    code, told, said = forget(party, "--key", GUESTS[0]["guest"])
    assert code == 2 and told is None and GUESTS[0]["guest"] not in said and "--key -" in said
    code, _, said = forget(party, "--key", "-", stdin="\n")
    assert code == 2 and "Standard input holds no key" in said
