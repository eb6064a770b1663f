"""The hook's page is followed to the letter, on the bundled server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.animatic import lent_server

PAGE = Path(__file__).resolve().parents[3] / "docs" / "hook.md"


def test_the_script_of_the_page_leaves_a_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    with lent_server() as server:
        connection = {"conn_type": "sora", "host": server.url, "password": server.key}
        monkeypatch.setenv("AIRFLOW_CONN_SORA_DEFAULT", json.dumps(connection))
        scope: dict[str, Any] = {}
        # As a reader pastes it: what the page leaves out is missing.
        exec(PAGE.read_text("utf-8").split("```python\n")[1].split("```")[0], scope)
        path = scope["make_clip"](str(tmp_path / "clip.mp4"))
        assert server.stats()["paid_posts"] == 1
    with av.open(path) as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == (1280, 720)
        assert sum(1 for _ in clip.decode(video=0)) > 10
