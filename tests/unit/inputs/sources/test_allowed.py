"""Which files of a worker an input may name, and that no error tells what stands in another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_sora.exceptions import InvalidRequestError, SoraError
from airflow_provider_sora.inputs.catalogues import parse_catalogue, preview, read_catalogue
from airflow_provider_sora.inputs.feeds import read_feed
from airflow_provider_sora.inputs.pictures.load import load_reference
from airflow_provider_sora.inputs.sources import allowed
from airflow_provider_sora.inputs.sources.pictures import fetch
from airflow_provider_sora.prompts.style import load_style

SECRET = "root:x:0:0,hunter2\nline two\n"
TABLE = "Artikelnr;Geheimnis\n1;hunter2\n"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment with a DAG folder and one folder for inputs, and a file that is in neither."""
    for name in ("dags", "inputs", "inputs-of-others", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "secret.txt").write_text(SECRET)
        (tmp_path / name / "table.csv").write_text(TABLE)
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(tmp_path / "dags"))
    monkeypatch.setenv(
        "AIRFLOW__SORA__INPUT_PATHS", f"{tmp_path}/inputs/, gs://shop-exports/daily, https://shop.example/out"
    )
    return tmp_path


READERS: list[Any] = [
    read_catalogue,
    read_feed,
    lambda path: load_reference(path, size="64x36"),
    lambda path: fetch(path, max_bytes=100, timeout=1, conn_id=None, allow_private_hosts=False),
]


@pytest.mark.parametrize("reader", READERS, ids=["catalogue", "feed", "reference", "photo and video_file"])
@pytest.mark.parametrize("form", ["{}", "file://{}", "FILE://{}", "file://localhost{}", "local://{}"])
def test_no_reader_reads_what_was_not_named(reader: Any, form: str, places: Path) -> None:
    (places / "inputs" / "link.txt").symlink_to(places / "elsewhere" / "secret.txt")
    (places / "inputs" / "door").symlink_to(places / "elsewhere")
    for path in (
        places / "elsewhere" / "secret.txt",
        places / "inputs" / ".." / "elsewhere" / "secret.txt",
        places / "inputs" / "link.txt",
        places / "inputs" / "door" / "secret.txt",
        places / "inputs-of-others" / "secret.txt",  # a name that only begins like a folder that is named
        places / "elsewhere" / "there is no such file",
        Path("/etc/passwd"),
        Path("/proc/self/environ"),
    ):
        with pytest.raises(InvalidRequestError) as raised:
            reader(form.format(path))
        said = str(raised.value)
        assert "outside the folders from which this deployment lets inputs be read" in said, said
        assert "[sora] input_paths" in said and "Nothing was paid" in said
        assert "hunter2" not in said and "root:" not in said


@pytest.mark.parametrize("reader", READERS, ids=["catalogue", "feed", "reference", "photo and video_file"])
def test_what_lies_in_a_folder_that_is_named_is_read(reader: Any, places: Path) -> None:
    (places / "dags" / "link.txt").symlink_to(places / "inputs" / "secret.txt")
    for path in ("dags/secret.txt", "inputs/secret.txt", "elsewhere/../inputs/secret.txt", "dags/link.txt"):
        try:
            reader(str(places / path))
        except SoraError as error:  # it is no catalogue, feed or picture; but it was read
            assert "outside" not in str(error)


def test_an_address_within_an_address_is_not_read(places: Path) -> None:
    for address in (
        f"zip://x::file://{places}/elsewhere/secret.txt",
        f"simplecache::file://{places}/elsewhere/secret.txt",
    ):
        for reader in READERS:
            with pytest.raises(SoraError) as raised:
                reader(address)
            assert "hunter2" not in str(raised.value)


def test_styles_follow_the_same_rule(places: Path) -> None:
    for name in ("dags", "elsewhere"):
        (places / name / "mine.yaml").write_text("defaults: [hunter2\n")
    with pytest.raises(SoraError, match="is no YAML"):
        load_style("mine", places / "dags")
    with pytest.raises(SoraError, match="outside the folders") as raised:
        load_style("mine", places / "elsewhere")
    assert "hunter2" not in str(raised.value)


def test_column_names_are_quoted_only_where_the_deployment_named_the_place(places: Path) -> None:
    def said(source: str) -> str:
        with pytest.raises(InvalidRequestError) as raised:
            parse_catalogue(TABLE.encode(), source=source)
        return str(raised.value)

    for source in (
        str(places / "inputs" / "table.csv"), f"file://{places}/dags/table.csv", "gs://shop-exports/daily/t.csv",
        "gcs://conn@shop-exports/daily/x/t.csv", "https://shop.example/out/t.csv?token=1",
    ):  # fmt: skip
        assert "its columns are Artikelnr, Geheimnis" in said(source), source
    for source in (
        "gs://shop-exports/t.csv", "gs://shop-exports/daily-secrets/t.csv", "gs://shop-exports/daily/../t.csv",
        "gs://other/daily/t.csv", "https://shop.example.evil/out/t.csv", "https://shop.example/t.csv", "http://shop.example/out/t",
    ):  # fmt: skip
        assert "it has 2 columns" in said(source), source
        assert "Geheimnis" not in said(source) and "Artikelnr" not in said(source)


def test_a_table_of_one_line_of_anything_is_counted_and_not_quoted() -> None:
    for head in (
        b"HOME=/root\0PATH=/usr/bin\0KEY=hunter2",
        b"root:x:0:0:hunter2:/root:/bin/bash\n",
        b'{"key": "hunter2"}',
    ):
        with pytest.raises(InvalidRequestError) as raised:
            parse_catalogue(head, source="gs://unnamed/object")
        assert "hunter2" not in str(raised.value) and "root" not in str(raised.value)


def test_a_persons_own_command_reads_any_file(places: Path) -> None:
    with pytest.raises(InvalidRequestError, match="its columns are Artikelnr, Geheimnis"):
        preview(str(places / "elsewhere" / "table.csv"))


def test_dag_bundles_count_as_dag_folders(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(places / "elsewhere" / "table.csv")
    with pytest.raises(InvalidRequestError):
        allowed.checked_path(path)
    local = f'[{{"name": "a", "classpath": "x.LocalDagBundle", "kwargs": {{"path": "{places}/elsewhere"}}}}]'
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", local)
    assert allowed.checked_path(path) == os.path.realpath(path)
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", "[]")
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(places / "elsewhere"))
    assert allowed.checked_path(path) == os.path.realpath(path)
