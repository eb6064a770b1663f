"""A gateway's id of 238 characters is written out once in a message, and whole in every record."""

from __future__ import annotations

import base64

from airflow_provider_sora.error_details import details_of
from airflow_provider_sora.exceptions import ContentError, VideoTimeoutError, error_from_details

LONG = "video_" + base64.b64encode(b"litellm:custom_llm_provider:azure;model_id:" + b"m" * 130).decode()


def test_a_long_id_is_written_out_once() -> None:
    assert len(LONG) > 200
    inner = ContentError(f"Job {LONG} gave no video.", video_id=LONG)
    error = VideoTimeoutError(f"{inner} Job {LONG} is left in place (video {LONG}).", video_id=LONG)
    assert str(error).count(LONG) == 1
    assert str(error).count(f"{LONG[:14]}…{LONG[-6:]}") == 2
    assert error.message == str(error)
    assert error.video_id == details_of(error)["video_id"] == LONG
    assert str(error_from_details(details_of(error))) == str(error)


def test_an_id_of_usual_length_is_left_alone() -> None:
    usual = "video_a25318041b6840e68fe7bcc5635d9cd4"
    assert str(ContentError(f"{usual} {usual}", video_id=usual)) == f"{usual} {usual}"
    assert str(ContentError(f"{LONG} {LONG}")) == f"{LONG} {LONG}", "whose id it is is not known"
