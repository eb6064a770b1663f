"""``airflow sora examples``: the DAGs that come with the package, and copies of them over nothing that is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def examples(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow", "sora", "examples", *words, "--output", "json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_they_are_listed_with_what_they_are() -> None:
    done = examples()
    assert done.returncode == 0, done.stderr
    told = {row["name"]: row["what"] for row in json.loads(done.stdout)}
    assert {"news_insert", "ecommerce_product_video", "video_review", "first_clip", "own_dag"} <= set(told)
    assert "hook_in_a_script" not in told
    assert all(told.values())


def test_a_copy_has_what_its_dag_reads_and_replaces_nothing(tmp_path: Path) -> None:
    done = examples("news_insert", "own_dag", "--to", str(tmp_path / "dags"))
    assert done.returncode == 0, done.stderr
    for name, origin in (
        ("news_insert.py", "dags"),
        ("own_dag.py", "docs/examples"),
        ("own_table.csv", "docs/examples"),
    ):
        assert (tmp_path / "dags" / name).read_bytes() == (REPOSITORY / origin / name).read_bytes()
    assert (tmp_path / "dags" / "include" / "feeds" / "morning.xml").is_file()
    mine = tmp_path / "dags" / "own_dag.py"
    mine.write_text("# mine\n")
    again = examples("own_dag", "--to", str(tmp_path / "dags"))
    assert again.returncode == 1
    told = {Path(row["file"]).name: row["what"] for row in json.loads(again.stdout)}
    assert told == {"own_dag.py": "left alone: another file lies there", "own_table.csv": "there already"}
    assert mine.read_text() == "# mine\n"


def test_a_table_that_is_named_as_its_dag_comes_with_it(tmp_path: Path) -> None:
    tables = {path.stem for path in (REPOSITORY / "docs" / "examples").glob("*.csv")} - {"own_table"}
    assert tables >= {"ab_ads", "greeting", "virtual_staging", "safety_training"}
    done = examples(*sorted(tables), "--to", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}{end}" for name in tables for end in (".py", ".csv")}


def test_a_wrong_name_or_no_folder_copies_nothing(tmp_path: Path) -> None:
    for words in (("nothing_like_it", "--to", str(tmp_path)), ("first_clip",)):
        done = examples(*words)
        assert done.returncode == 2 and "Nothing was copied." in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
