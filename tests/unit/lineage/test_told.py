"""What is told of a clip: its picture, source and item, its objects and its cost, and never a prompt or a secret."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from airflow_provider_sora.archive.facts import FINAL_CUT
from airflow_provider_sora.archive.receipt import record_in
from airflow_provider_sora.lineage.places import Place
from airflow_provider_sora.lineage.told import of_archived, of_job
from airflow_provider_sora.record import VideoRecord
from tests.support.receipts import receipt_of

SERVER = "http://render.example/v1"
JOB = Place(SERVER, "videos/video_2")
KEY = "sk-0123456789abcdef"


def record(**values: Any) -> VideoRecord:
    given: dict[str, Any] = {
        "base_url": SERVER,
        "status": "completed",
        "requested": {"call": "remix", "prompt": "a secret lamp", "seconds": 4},
        "returned": {"model": "sora-2", "cost_usd": 0.3},
        "cost_estimate_usd": 0.4,
        "try_number": 1,
    }
    return VideoRecord("video_2", **{**given, **values})


def test_a_job_has_its_picture_its_source_and_its_item_as_inputs() -> None:
    picture = {"origin": "gs://shop/mug.png", "sha256": "ab", "width": 1280, "height": 720}
    labels = {"sku": "MUG-01", "market": "JP", "product_url": "https://shop.example/mug?utm=1", "desk": "shop"}
    told = of_job(record(parent_id="video_1", requested={"input_reference": picture}, labels=labels))
    places = [one.place for one in told.inputs]
    assert places == [
        Place("gs://shop", "mug.png"),
        Place("https://shop.example", "/mug"),
        Place(SERVER, "videos/video_1"),
    ]
    assert told.inputs[0].reference == {"sha256": "ab", "width": 1280, "height": 720}
    assert told.inputs[1].item == {"sku": "MUG-01", "market": "JP", "desk": "shop"}
    assert [one.place for one in told.outputs] == [JOB] and told.outputs[0].labels == labels


def test_its_cost_is_told_as_estimated_and_as_billed() -> None:
    cost = of_job(record()).cost
    assert cost is not None
    assert (cost["estimated_usd"], cost["billed_usd"], cost["video_id"]) == (0.4, 0.3, "video_2")
    unknown = of_job(record(cost_estimate_usd=None, returned={})).cost
    assert unknown is not None and unknown["estimated_usd"] is None and unknown["billed_usd"] is None


def test_no_prompt_and_no_key_is_told() -> None:
    labels = {"sku": "A1", "token": KEY}
    told = of_job(record(labels=labels), [(receipt_of(prompt="a secret lamp", **labels), record(labels=labels))])
    text = json.dumps(asdict(told), default=str)
    assert "lamp" not in text and KEY not in text
    assert told.outputs[0].video is not None and len(told.outputs[0].video["prompt_sha256"]) == 64


def test_an_item_without_an_address_and_a_picture_without_one() -> None:
    sent = {"origin": "data:image/png URL of 99 characters", "sha256": "ab"}
    told = of_job(record(requested={"input_reference": sent}, labels={"sku": "MUG-01", "market": "JP"}))
    assert [one.place for one in told.inputs] == [Place("data", "ab"), Place("sora-items", "MUG-01/JP")]
    uploaded = of_job(record(requested={"input_reference": {"origin": "file_id:file-1", "file_id": "file-1"}}))
    assert [one.place for one in uploaded.inputs] == [Place(SERVER, "files/file-1")]


def test_an_archived_clip_has_its_job_as_input_and_its_objects_as_outputs() -> None:
    receipt = receipt_of(sku="A1")
    kept = record_in(receipt).changed(uri="gs://b/v/video.mp4", receipt_uri="gs://b/v/receipt.json")
    told = of_archived([(receipt, kept)])
    assert [one.place for one in told.inputs] == [Place(SERVER, "videos/video_1")] and told.cost is None
    video, note = told.outputs
    assert (video.place, video.bytes, video.version) == (Place("gs://b", "v/video.mp4"), 5, "0" * 64)
    assert video.stored is not None and video.video is not None
    assert (video.stored["role"], video.stored["sha256"], video.stored["crc32c"]) == ("video", "0" * 64, "AAAAAA==")
    assert (video.video["estimated_usd"], video.video["seconds"], video.video["size"]) == (0.4, 4.0, "1280x720")
    assert (note.place, note.stored) == (Place("gs://b", "v/receipt.json"), {"role": "receipt"})


def test_a_final_cut_has_its_parts_as_inputs() -> None:
    parts = [{"uri": f"gs://b/{name}/video.mp4", "sha256": name} for name in "ac"]
    receipt = {**receipt_of(), "kind": FINAL_CUT, "parts": parts}
    told = of_archived([(receipt, VideoRecord("cut_1"))])
    assert [(one.place.name, one.version) for one in told.inputs] == [("a/video.mp4", "a"), ("c/video.mp4", "c")]


def test_a_bare_id_tells_nothing() -> None:
    assert of_job(VideoRecord("video_9")).outputs == ()
