"""``airflow sora storyboard``: prompts, lengths and cost of a film, and what its file or server says no to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.animatic import KEY, AnimaticServer

FILM = Path(__file__).parents[3] / "dags" / "include" / "storyboards" / "last_lantern.yaml"


def sora(*words: str, connection: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow", "sora", "storyboard", *words]
    environ = {**os.environ, **({"AIRFLOW_CONN_SORA_DEFAULT": connection} if connection else {})}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environ)


@pytest.fixture
def connection(animatic: AnimaticServer) -> str:
    extra = {"prices": {"*": {"*": 0.1}}, "default_model": "sora-2"}
    return json.dumps({"conn_type": "sora", "host": animatic.url, "password": KEY, "extra": extra})


def test_a_film_is_shown_with_its_cost_and_nothing_is_paid(animatic: AnimaticServer, connection: str) -> None:
    done = sora(str(FILM), "--output", "json", connection=connection)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["title"], found["seconds"], found["estimated_usd"], found["waves"]) == (
        "The Last Lantern",
        64,
        6.4,
        3,
    )
    assert len(found["scenes"]) == 16 and found["problems"] == found["notes"] == []
    assert found["scenes"][4]["continue_from"] == 4 and "yellow raincoat" in found["scenes"][4]["prompt"]
    assert animatic.stats()["paid_submits"] == 0
    shown = sora(str(FILM), connection=connection).stdout
    assert "The Last Lantern: 16 scenes, 64 s, 1280x720, about $6.40" in shown
    assert "blend 12" in shown and "Gen bends a strip of bamboo" in " ".join(shown.split())


def test_what_the_server_does_not_take_is_told_by_scene(connection: str, tmp_path: Path) -> None:
    film = tmp_path / "film.yaml"
    text = FILM.read_text("utf-8").replace("seconds: 4", "seconds: 5", 1)
    film.write_text(
        text.replace("  - id: brush\n", "  - id: brush\n    last_frame: https://cdn.example/z.png\n"), "utf-8"
    )
    done = sora(str(film), "--output", "json", connection=connection)
    assert done.returncode == 1, done.stderr
    problems = json.loads(done.stdout)["problems"]
    assert len(problems) == 16
    assert problems[0].startswith("Scene 1 (roofs) of 'The Last Lantern': seconds is 5, but ")
    assert problems[2].startswith("Scene 3 (brush) of 'The Last Lantern': This server")
    assert "does not take a last frame" in problems[2]


def test_without_a_connection_the_cost_is_unknown_and_said_to_be(tmp_path: Path) -> None:
    done = sora(str(FILM))
    assert done.returncode == 0, done.stderr
    assert "cost unknown" in done.stdout and "note: The cost is unknown, and no server was asked" in " ".join(
        done.stdout.split()
    )
    named = sora(str(FILM), "--conn-id", "studio")
    assert named.returncode == 2 and "studio" in named.stderr and "Traceback" not in named.stderr


def test_without_a_price_the_cost_is_unknown_and_it_says_what_to_set(animatic: AnimaticServer) -> None:
    done = sora(str(FILM), connection=json.dumps({"conn_type": "sora", "host": animatic.url, "password": KEY}))
    assert done.returncode == 0, done.stderr
    assert "cost unknown" in done.stdout
    assert "`prices` have no entry for this model and size" in " ".join(done.stdout.split())


def test_a_faulty_file_is_a_no_and_a_missing_one_cannot_be_looked_at(tmp_path: Path) -> None:
    film = tmp_path / "film.yaml"
    film.write_text(FILM.read_text("utf-8").replace("continue_from: finished", "continue_from: finish"), "utf-8")
    done = sora(str(film))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "scene 5 (door): continue_from cannot be used: there is no scene 'finish'" in done.stderr
    assert "did you mean 'finished'?" in done.stderr
    assert sora(str(tmp_path / "other.yaml")).returncode == 2
