"""Films of archived clips, made by Airflow of what the bundled server drew, in a strict bucket."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from airflow_provider_sora.archive.afterwards.totals import report
from airflow_provider_sora.archive.afterwards.verify import verify
from airflow_provider_sora.stores.open import open_store
from tests.support.airflow import RunResult, airflow_db, run_dag, sora_connection
from tests.support.animatic import AnimaticServer
from tests.support.films import heard, tune
from tests.support.r128 import loudness

__all__ = ["airflow_db", "run_dag", "sora_connection"]

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "film.py"


@pytest.fixture
def place(animatic: AnimaticServer, gcs_bucket: str, sora_connection: Callable[..., None]) -> str:
    sora_connection(animatic.url, animatic.key, prices={"*": {"*": 0.10}})
    return f"gs://{gcs_bucket}"


@pytest.fixture
def example(place: str, tmp_path: Path) -> str:
    """The example of the documents, in this test's bucket and without a triggerer."""
    music = Path(tune(tmp_path / "morning.wav", 5)).read_bytes()
    open_store(f"{place}/music").put_bytes("morning.wav", music, content_type="audio/wav", metadata={})
    source = EXAMPLE.read_text("utf-8").replace('DAG("film"', 'DAG("DAG_ID"').replace("gs://my-bucket", place)
    return source.replace("deferrable=True", "deferrable=False, poll_interval=0.2").replace(
        'with DAG("DAG_ID", schedule=None):', 'with DAG("DAG_ID", schedule=None) as dag:'
    )


def test_the_example_becomes_a_film(
    example: str, place: str, run_dag: Callable[..., RunResult], animatic: AnimaticServer, tmp_path: Path
) -> None:
    before = animatic.stats()["paid_submits"]
    again = '\n    CutVideosOperator(task_id="again", videos=edit(kept.output), title="The first train", rate=24,\n'
    again += '        music=f"{PLACE}/music/morning.wav", burn_captions=True, destination=f"{PLACE}/films")\n'
    result = run_dag(example + again)
    assert result.state == "success"
    film, kept = result.xcom("film"), result.xcom("kept")
    assert result.xcom("again") == film, "the same film is made once"
    assert animatic.stats()["paid_submits"] == before + 3

    receipt = json.loads(open_store(film["receipt_uri"].rpartition("/")[0]).read_bytes("receipt.json"))
    assert (receipt["kind"], receipt["schema_version"]) == ("final_cut", 3)
    assert [part["video_id"] for part in receipt["parts"]] == [clip["video_id"] for clip in kept]
    assert receipt["provenance"]["c2pa_of_parts"] == "the parts had none"
    assert receipt["objects"]["video"]["origin"] == "made_from_video"
    assert receipt["cost"]["estimate"] == pytest.approx(1.2)
    assert receipt["request"]["call"] == "cut" and receipt["request"]["prompt"] == "The first train"
    assert receipt["request"]["edit"]["shots"][1] == {
        "source": "0", "start": 0.5, "blend": 12, "name": kept[0]["video_id"]
    }  # fmt: skip
    assert set(receipt["request"]["files"]) == {"music"}

    # 2 + 3.5 + 4 + 3 + 2 seconds, less the dissolves of 12, 12 and 24 frames.
    rate = receipt["media"]["frame_rate"]
    assert rate == 24
    assert receipt["media"]["duration_seconds"] == pytest.approx(14.5 - 48 / rate, abs=0.05)
    store = open_store(film["uri"].rpartition("/")[0])
    begin = 5.5 - 24 / rate + 1
    vtt = store.read_bytes("captions.vtt").decode()
    assert vtt.startswith("WEBVTT\n\n00:00:0") and "<v 駅員>おはようございます。" in vtt
    start = vtt.splitlines()[2].partition(" ")[0]
    assert float(start.rpartition(":")[2]) == pytest.approx(begin, abs=0.002)
    assert store.read_bytes("captions.srt").decode().endswith("駅員: おはようございます。\n")

    path = tmp_path / "film.mp4"
    path.write_bytes(store.read_bytes("video.mp4"))
    assert loudness(heard(str(path))) == pytest.approx(-14, abs=0.3)
    assert [finding.problem for finding in verify(f"{place}/films")] == [None] * 6
    assert report(f"{place}/films").total.usd == 0, "the clips were paid for, the film was not"


CLIPS = """
from airflow.sdk import DAG, task
from airflow_provider_sora.operators.archive import ArchiveVideosOperator
from airflow_provider_sora.operators.cut import CutVideosOperator
from airflow_provider_sora.operators.video import CreateVideoOperator
with DAG("DAG_ID", schedule=None) as dag:
    made = CreateVideoOperator.partial(task_id="create", deferrable=False, poll_interval=0.2, seconds=4,
        size="1280x720").expand(prompt=["One.", "Two."])
    kept = ArchiveVideosOperator(task_id="archive", videos=made.output, destination="{place}")
    CutVideosOperator(task_id="film", videos=kept.output, destination="{place}", {more})
"""


def test_whole_clips_are_copied(place: str, run_dag: Callable[..., RunResult], tmp_path: Path) -> None:
    result = run_dag(
        CLIPS.replace("{place}", place).replace("{more}", 'captions=\'[{"start": 1, "end": 2, "text": "Hi"}]\'')
    )
    assert result.state == "success"
    store = open_store(place)
    film = store.read_bytes(f"{result.xcom('film')['video_id']}/video.mp4")
    (tmp_path / "film.mp4").write_bytes(film)
    with av.open(str(tmp_path / "film.mp4")) as file:
        packets = {bytes(packet) for packet in file.demux(video=0) if packet.size}
    for clip in result.xcom("archive"):
        (tmp_path / "clip.mp4").write_bytes(store.read_bytes(f"{clip['video_id']}/video.mp4"))
        with av.open(str(tmp_path / "clip.mp4")) as file:
            assert {bytes(packet) for packet in file.demux(video=0) if packet.size} <= packets
    assert b"00:00:01.000 --> 00:00:02.000\nHi" in store.read_bytes(f"{result.xcom('film')['video_id']}/captions.vtt")


def test_words_are_kept_out_of_receipts_where_that_is_asked_and_labels_are_handed_on(
    place: str, run_dag: Callable[..., RunResult], capsys: pytest.CaptureFixture[str]
) -> None:
    more = (
        'title="Whisper", mark="Whisper", captions=[{"start": 0, "end": 1, "text": "Whisper", "speaker": "Whisperer"}],'
        ' archive_options={"prompt_storage": "hash", "stills": False}'
    )
    copies = """
    from airflow_provider_sora.operators.reshape import MarkVideoOperator
    from airflow_provider_sora.operators.cut import HandOffFilmOperator
    HandOffFilmOperator(task_id="handed", videos=kept.output, title="Two shots", labels={"desk": "culture"},
        destination="{place}/editor")
    MarkVideoOperator.partial(task_id="marked", mark="Whisper",
        archive_options={"prompt_storage": "hash", "stills": False}).expand(video=kept.output)
"""
    source = CLIPS.replace("{place}", place).replace("{more}", more)
    result = run_dag(source + copies.replace("{place}", place))
    assert result.state == "success", result.states()
    for task, words in (("film", 2), ("marked", 1)):
        made = result.xcom(task) if task == "film" else result.xcom(task, map_index=0)
        written = open_store(made["receipt_uri"].rpartition("/")[0]).read_bytes("receipt.json").decode()
        assert "Whisper" not in written and written.count("text_sha256") == words
    assert "Whisper" in open_store(result.xcom("film")["uri"].rpartition("/")[0]).read_bytes("captions.vtt").decode()
    listed = json.loads(open_store(result.xcom("handed")["uri"]).read_bytes("handoff.json"))
    assert listed["labels"] == {"desk": "culture"} and [shot["source"] for shot in listed["shots"]] == [[0, 4]] * 2
    assert "Whisper" not in capsys.readouterr().out, "nor do they stand in the log"


def test_what_cannot_be_meant_leaves_nothing_behind(
    place: str, run_dag: Callable[..., RunResult], capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_dag(CLIPS.replace("{place}", place).replace("{more}", "mark={'texts': 'AI'}"))
    assert result.states()["film"] == "failed" and result.tries("film") == 1, "trying again cannot help"
    assert "mark has no 'texts'. Did you mean 'text'?" in capsys.readouterr().out
    assert not [found for found in open_store(place).list() if "cut_" in found.name]


def test_the_example_of_shapes_runs(place: str, run_dag: Callable[..., RunResult], animatic: AnimaticServer) -> None:
    source = EXAMPLE.with_name("shapes.py").read_text("utf-8").replace("gs://my-bucket", place)
    source = source.replace("deferrable=True", "deferrable=False, poll_interval=0.2")
    source = source.replace('with DAG("shapes", schedule=None):', 'with DAG("DAG_ID", schedule=None) as dag:')
    before = animatic.stats()["paid_submits"]
    result = run_dag(source)
    assert result.state == "success" and animatic.stats()["paid_submits"] == before + 1
    made = result.xcom("shapes")
    assert [copy["labels"]["shape"] for copy in made] == ["16:9", "9:16", "1:1"]
    receipts = [json.loads(open_store(copy["uri"].rpartition("/")[0]).read_bytes("receipt.json")) for copy in made]
    assert [(one["media"]["width"], one["media"]["height"]) for one in receipts] == [
        (1280, 720),
        (720, 1280),
        (720, 720),
    ]
    assert {one["provenance"]["c2pa_of_parts"] for one in receipts} == {"the parts had none"}
    assert [finding.problem for finding in verify(f"{place}/clips")] == [None] * 16
