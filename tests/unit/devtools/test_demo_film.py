"""``make demo-film`` leaves the film that its run archived, and names the bundled storyboards."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from devtools import summary
from devtools.demo_film import FILMS, conf_of, keep_film
from testbed.processes import StepError


def archived(folder: Path, name: str, kind: str, at: int) -> None:
    place = folder / "archive" / name
    place.mkdir(parents=True)
    (place / "video.mp4").write_text(name)
    (place / "captions.vtt").write_text(f"WEBVTT {name}")
    (place / "receipt.json").write_text(json.dumps({"kind": kind}))
    os.utime(place / "receipt.json", (at, at))


def test_the_latest_film_is_left_with_its_captions(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="no film"):
        keep_film(tmp_path)
    for name, kind, at in (("old", "final_cut", 1), ("new", "final_cut", 3), ("scene", "video", 5)):
        archived(tmp_path, name, kind, at)
    assert keep_film(tmp_path).read_text() == "new"
    assert (tmp_path / "film.vtt").read_text() == "WEBVTT new" and not (tmp_path / "film.srt").exists()


@pytest.mark.parametrize("language", list(FILMS))
def test_the_storyboards_are_there(language: str) -> None:
    assert Path(conf_of(language)["storyboard"]).is_file()


def test_what_was_made_of_others_is_not_counted_twice() -> None:
    video = {"video_id": "v", "parent_id": None, "size": "1x1", "seconds": 4.0, "bytes": 1, "cost_usd": 0.4}
    told = summary.table({"storyboard": [{**video, "kind": "video"}, {**video, "kind": "final_cut"}]})
    assert told.splitlines()[-1].endswith(" 0.40")
