from __future__ import annotations

import logging
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_sora.archive.__main__ import main
from airflow_provider_sora.archive.archiver import archive_video
from airflow_provider_sora.archive.ownership import is_ours, object_metadata
from airflow_provider_sora.exceptions import (
    ArchiveError,
    ConfigurationError,
    VideoCancelledError,
    VideoExpiredError,
    VideoFailedError,
)
from airflow_provider_sora.operators.archive import ArchiveVideosOperator, _as_list
from airflow_provider_sora.operators.budget import BudgetCheckOperator
from airflow_provider_sora.protocol.answers.job import parse_job
from airflow_provider_sora.record import VideoRecord
from airflow_provider_sora.stores.contract import StoredObject
from airflow_provider_sora.stores.destination import parse_destination
from airflow_provider_sora.stores.folders.local import LocalStore
from airflow_provider_sora.stores.fsspec.s3_metadata import fitting_s3
from airflow_provider_sora.stores.options import ArchiveOptions
from airflow_provider_sora.tasks.archiving.archive_support import complete_record, fixed_destination
from airflow_provider_sora.tasks.archiving.inline_archive import check_destination
from airflow_provider_sora.tasks.archiving.keeping import read_keeping
from airflow_provider_sora.tasks.archiving.many import archive_many
from tests.support.content import MemorySource
from tests.support.media import sample_mp4

LOG = logging.getLogger("test")
OPTIONS = ArchiveOptions(stills=False)


class States(dict[str, Any]):
    def set(self, key: str, value: Any) -> None:
        self[key] = value


def test_a_moving_destination_stays_where_the_first_try_stored(tmp_path: Path) -> None:
    context = {"task_state_store": States()}
    first = fixed_destination(context, "v", f"file://{tmp_path}/try-1", OPTIONS, LOG)
    record = VideoRecord("v", base_url="http://h/v1")
    archive_video(MemorySource(sample_mp4()), record, destination=first, options=OPTIONS)
    assert fixed_destination(context, "v", f"file://{tmp_path}/try-2", OPTIONS, LOG) == first
    assert fixed_destination(context, "other", f"file://{tmp_path}/try-2", OPTIONS, LOG).endswith("try-2")


def test_a_corrected_destination_is_taken_where_nothing_was_stored(tmp_path: Path) -> None:
    context = {"task_state_store": States()}
    fixed_destination(context, "v", f"file://{tmp_path}/wrong", OPTIONS, LOG)
    assert fixed_destination(context, "v", f"file://{tmp_path}/right/", OPTIONS, LOG) == f"file://{tmp_path}/right"
    assert fixed_destination({}, "v", f"file://{tmp_path}/any", OPTIONS, LOG) == f"file://{tmp_path}/any"


def hook_with(**job: Any) -> Any:
    return SimpleNamespace(get_video=lambda video_id: parse_job({"id": video_id, **job}))


def test_a_bare_id_is_filled_in() -> None:
    hook = hook_with(
        status="completed", prompt="p", model="m", seconds="4", created_at=1_700_000_000, completed_at=0,
        remixed_from_video_id="w",
    )  # fmt: skip
    found = complete_record(hook, VideoRecord("v"))
    assert found.submitted_at == "2023-11-14T22:13:20+00:00"
    known = VideoRecord("v", submitted_at="2023-11-14T22:00:00+00:00")
    assert complete_record(hook, known).submitted_at == known.submitted_at
    assert (found.parent_id, found.requested, found.completed_at) == ("w", {"prompt": "p"}, "1970-01-01T00:00:00+00:00")
    assert found.returned == {"model": "m", "seconds": 4.0}


def test_a_finished_record_costs_no_request() -> None:
    record = VideoRecord("v", status="completed", completed_at="2026-11-22T00:00:00+00:00")
    asked_for_nothing: Any = None
    assert complete_record(asked_for_nothing, record) is record


@pytest.mark.parametrize(
    ("status", "error"),
    [("failed", VideoFailedError), ("cancelled", VideoCancelledError), ("expired", VideoExpiredError),
     ("in_progress", ArchiveError), ("queued", ArchiveError)],
)  # fmt: skip
def test_what_is_not_finished_is_told(status: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="Video v"):
        complete_record(hook_with(status=status), VideoRecord("v"))


def test_lists_come_in_many_forms() -> None:
    assert _as_list('[{"video_id": "a"}, "b"]') == [{"video_id": "a"}, "b"]
    assert _as_list("[{'video_id': 'a', 'parent_id': None}, 'b']") == [{"video_id": "a", "parent_id": None}, "b"]
    assert _as_list("a, b") == ["a", "b"]
    assert _as_list(x for x in ("a", None)) == ["a", None]
    for wrong in ({"video_id": "a"}, 3, None, "", "None", "{'video_id': 'a'}"):
        with pytest.raises(ConfigurationError, match="must be a list"):
            _as_list(wrong)


def test_a_budget_says_which_receipts_it_could_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for video_id in ("a", "b"):
        archive_video(
            MemorySource(sample_mp4()),
            VideoRecord(video_id, base_url="http://h/v1", status="completed", cost_estimate_usd=0.4),
            destination=f"file://{tmp_path}",
            options=OPTIONS,
            run={"dag_id": "d", "run_id": "r"},
        )
    (tmp_path / "a/receipt.json").write_text("{")
    gate = BudgetCheckOperator(task_id="t", requests=[], destination=f"file://{tmp_path}")
    said: list[str] = []
    monkeypatch.setattr(gate.log, "warning", lambda text, *values: said.append(text % values))
    counted = list(gate._receipts(SimpleNamespace(run_id="later", dag_id="d"), datetime.now(UTC) - timedelta(hours=1)))
    assert [(video_id, usd) for video_id, _, usd in counted] == [("b", 0.4)]
    assert len(said) == 1 and "a/receipt.json is no receipt" in said[0]


def test_a_budget_of_the_day_reads_no_receipt_of_the_days_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_PRICED", '{"conn_type": "sora", "host": "http://h/v1", "extra": {"prices": {"*": {"*": 0.1}}}}'
    )
    now = datetime.now(UTC)
    for video_id, submitted in (("old", now - timedelta(days=2)), ("new", now), ("too", now)):
        archive_video(
            MemorySource(sample_mp4()),
            VideoRecord(
                video_id, base_url="http://h/v1", status="completed", cost_estimate_usd=0.4,
                submitted_at=submitted.isoformat(),
            ),
            destination=f"file://{tmp_path}",
            options=OPTIONS,
            run={"dag_id": "d", "run_id": "r"},
        )  # fmt: skip
        os.utime(tmp_path / video_id / "receipt.json", (submitted.timestamp(), submitted.timestamp()))
    read: list[str] = []
    read_bytes = LocalStore.read_bytes
    monkeypatch.setattr(LocalStore, "read_bytes", lambda store, name: read.append(name) or read_bytes(store, name))
    gate = BudgetCheckOperator(
        task_id="t", requests=[{"model": "m", "seconds": 4}], daily_budget_usd=2, destination=f"file://{tmp_path}",
        sora_conn_id="priced",
    )  # fmt: skip
    monkeypatch.setattr(gate, "_records", lambda context, begin: ())
    ti = SimpleNamespace(run_id="later", dag_id="d")
    assert gate.execute({"ti": ti})["spent_today_usd"] == 0.8  # type: ignore[typeddict-item]
    assert read == ["new/receipt.json", "too/receipt.json"]


@pytest.mark.parametrize("setting", ["kms_key_name", "user_project", "storage_class"])
def test_a_setting_that_the_store_has_not_is_refused_before_anything_is_paid_or_fetched(
    tmp_path: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = f"would ignore {setting}: file:// has no such setting here. Nothing was stored."
    source = MemorySource(sample_mp4())
    options = ArchiveOptions(**{setting: "x"})
    record = VideoRecord("v", sora_conn_id="unused", base_url="http://h/v1", status="completed")
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        archive_video(source, record, destination=f"file://{tmp_path}", options=options)
    assert source.opened == []
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        archive_many(
            [record], context={}, destination=f"file://{tmp_path}", sora_conn_id=None, labels=None, options=options,
            concurrency=1, log=LOG,
        )  # fmt: skip
    keeping = read_keeping({"destination": f"file://{tmp_path}", "archive_options": {setting: "x"}})
    dialect: Any = SimpleNamespace(keeps_content_only_in_create=False)
    ledger: Any = SimpleNamespace(known=lambda: None)
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        check_destination(keeping, True, dialect, ledger)
    if setting == "user_project":
        assert main(["verify", f"file://{tmp_path}", "--user-project", "x"]) == 2
        assert said in capsys.readouterr().err
    ArchiveOptions(storage_class="x").check_for(parse_destination("s3://bucket/p"))
    ArchiveOptions(**{setting: "x"}).check_for(parse_destination("gs://bucket/p"))


def test_labels_that_fit_are_kept_whatever_stands_before_them() -> None:
    record = VideoRecord("v", base_url="http://例え.jp/v1", labels={"title": "夜" * 2000, "desk": "news", "a:b": "c"})
    metadata = object_metadata(record, "video")
    assert metadata == {
        "source-id": "v", "source-server": "%E4%BE%8B%E3%81%88.jp", "asset": "video", "label-desk": "news",
        "label-a:b": "c",
    }  # fmt: skip
    assert "label-a:b" not in fitting_s3(metadata) and fitting_s3(metadata)["label-desk"] == "news"
    assert is_ours(StoredObject("n", "u", 1, metadata=metadata), record, "video")
    long = {"source-id": "v" * 3000, "label-desk": "news"}
    assert fitting_s3(long) == {"source-id": "v" * 3000}, "S3 refuses it in its own words; what tells ours is not cut"


def test_operators_can_be_retried_by_default() -> None:
    assert ArchiveVideosOperator(task_id="t", videos=[], destination="gs://b").retries == 2
