"""The hook's page is followed to the letter, on the bundled server."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from tests.support.animatic import AnimaticServer

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "hook_in_a_script.py"


def test_the_script_of_the_page_leaves_a_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    with AnimaticServer() as server:
        connection = {"conn_type": "sora", "host": server.url, "password": server.key}
        monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
        path = runpy.run_path(str(EXAMPLE))["make_clip"](str(tmp_path / "clip.mp4"))
        assert server.stats()["paid_posts"] == 1
    with av.open(path) as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == (1280, 720)
        assert sum(1 for _ in clip.decode(video=0)) > 10
