"""``SoraHook.download_to``: a whole, checked file under its name, or none; and arguments that are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_provider_sora.exceptions import ConfigurationError, SoraError
from airflow_provider_sora.hooks.sora import SoraHook
from tests.support.animatic import lent_server
from tests.support.clips import make_clip
from tests.support.http_content import Plan, content_server


def test_a_broken_transfer_goes_on_where_it_broke(tmp_path: Path) -> None:
    data = make_clip()
    with content_server(Plan(data, break_at=[500, 1000])) as conn_id:
        path = SoraHook(conn_id).download_to("video_1", tmp_path / "clip.mp4")
    assert path.read_bytes() == data
    assert [found.name for found in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize(
    "plan",
    [
        Plan(make_clip()[:-40]),
        Plan(b"<html>not found</html>", content_type="text/html"),
        Plan(make_clip(), announce=100),
        Plan(b""),
    ],
    ids=["cut", "a page", "shorter than announced", "empty"],
)
def test_never_half_a_file(plan: Plan, tmp_path: Path) -> None:
    with content_server(plan) as conn_id, pytest.raises(SoraError):
        SoraHook(conn_id).download_to("video_1", tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    target.write_text("mine")
    plan = Plan(make_clip())
    with content_server(plan) as conn_id:
        hook = SoraHook(conn_id)
        with pytest.raises(ConfigurationError, match="overwrite=True"):
            hook.download_to("video_1", target)
        assert (target.read_text(), plan.requests) == ("mine", 0)
        hook.download_to("video_1", target, overwrite=True)
    assert target.read_bytes() == plan.data


def test_a_wrong_place_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    plan = Plan(make_clip())
    with content_server(plan) as conn_id:
        hook = SoraHook(conn_id)
        with pytest.raises(ConfigurationError, match="is a folder"):
            hook.download_to("video_1", tmp_path)
        with pytest.raises(ConfigurationError, match="does not exist"):
            hook.download_to("video_1", tmp_path / "no" / "clip.mp4")
        # The first guess of many people: the path as the second argument of the other methods.
        with pytest.raises(ConfigurationError, match=r"variant is '/tmp/x\.mp4'.*download_to\(video_id, path\)"):
            hook.download_content("video_1", "/tmp/x.mp4")
        with pytest.raises(ConfigurationError, match="video_id is"):
            hook.download_to("", tmp_path / "clip.mp4")
    assert plan.requests == 0


def test_stills_of_the_bundled_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with lent_server() as server:
        monkeypatch.setenv(
            "AIRFLOW_CONN_SORA_DEFAULT", f'{{"conn_type": "sora", "host": "{server.url}", "password": "{server.key}"}}'
        )
        hook = SoraHook()
        job = hook.create_video("A harbour at dawn. Static camera.", seconds="4", size="1280x720")
        while not job.status.is_final:
            job = hook.get_video(job.id)
        path = hook.download_to(job.id, tmp_path / "still.webp", variant="thumbnail")
        assert path.read_bytes()[8:12] == b"WEBP"
        assert hook.download_to(job.id, tmp_path / "clip.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"seconds": 4.5}, "seconds is 4.5"),
        ({"seconds": "four"}, "seconds is 'four'"),
        ({"seconds": True}, "seconds is True"),
        ({"input_reference": {"image_url": "https://x"}}, "input_reference is"),
        ({"input_reference": b"\x89PNG"}, "input_reference is bytes of 4 bytes"),
    ],
)
def test_what_is_not_an_argument_is_refused_before_paying(arguments: dict[str, object], named: str) -> None:
    with content_server(Plan(b"")) as conn_id, pytest.raises(ConfigurationError, match=named):
        SoraHook(conn_id).create_video("A harbour.", **arguments)  # type: ignore[arg-type]


def test_a_missing_video_file_is_told(tmp_path: Path) -> None:
    with content_server(Plan(b"")) as conn_id, pytest.raises(ConfigurationError, match="video_file"):
        SoraHook(conn_id).edit_video("Colder.", video_file=tmp_path / "none.mp4")
