"""Dates as feeds write them; one that could be two, or that nobody can read, is none."""

from __future__ import annotations

import pytest

from airflow_provider_sora.inputs.feeds.dates import moment


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("Tue, 24 Nov 2026 10:00:00 JST", "2026-11-24T01:00:00"),
        ("Tue, 24 Nov 2026 10:00:00 CET", "2026-11-24T09:00:00"),
        ("Tue, 24 Nov 2026 10:00:00 EST", "2026-11-24T15:00:00"),
        ("Tue, 23 Jun 2026 10:00:00 BST", "2026-06-23T09:00:00"),
        ("Tue, 24 Nov 2026 10:00:00 IST", "2026-11-24T04:30:00"),
        ("Tue, 24 Nov 2026 10:00:00 GMT+9", "2026-11-24T01:00:00"),
        ("Tue, 24 Nov 2026 10:00:00 +0000 (UTC)", "2026-11-24T10:00:00"),
        ("24 Nov 26 10:00 PST", "2026-11-24T18:00:00"),
        ("Tue, 24 Nov 2026 24:00:00 GMT", "2026-11-25T00:00:00"),
        ("Tuesday, 24-Nov-26 10:00:00 GMT", "2026-11-24T10:00:00"),
        ("Tue Nov 24 10:00:00 2026", "2026-11-24T10:00:00"),
        ("Nov 24, 2026 10:00 PM EST", "2026-11-25T03:00:00"),
        ("2026-11-24T10:00:00+09:00", "2026-11-24T01:00:00"),
        ("2026-11-24T10:00:00.123Z", "2026-11-24T10:00:00"),
        ("20261124T100000Z", "2026-11-24T10:00:00"),
        ("2026-11-24", "2026-11-24T00:00:00"),
        ("2026/11/25 14:00", "2026-11-25T14:00:00"),
        ("2026年11月25日", "2026-11-25T00:00:00"),
        ("2026年11月25日(水) 14時05分", "2026-11-25T14:05:00"),
        ("2026年11月25日 午後2時5分", "2026-11-25T14:05:00"),
        ("2026년 11월 24일 오후 3:10:00", "2026-11-24T15:10:00"),
        ("25/11/2026", "2026-11-25T00:00:00"),
        ("25.11.2026 14:00", "2026-11-25T14:00:00"),
        ("11/25/2026", "2026-11-25T00:00:00"),
        ("1795651200", "2026-11-26T00:00:00"),
        (1795651200000, "2026-11-26T00:00:00"),
        ("1795651200.5", "2026-11-26T00:00:00"),
    ],
)
def test_a_date_is_read(written: object, utc: str) -> None:
    assert moment(written) == f"{utc}+00:00"


@pytest.mark.parametrize(
    "written",
    [
        "",
        None,
        True,
        "soon",
        "yesterday",
        "24 Nov",
        "11",
        "0000-00-00",
        "2026-13-45",
        "Tue, 24 Nov 2026 10:00:00 XYZ",
        "11/12/2026",
        "99999999999999",
        "12345",
        "Tue, 24 Nov 2026 10:00:00 +9900",
        "2026-11-24T99:00:00Z",
        "1" * 5000,
    ],
)
def test_what_is_no_date_or_could_be_two_is_none(written: object) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    ("written", "language", "utc"),
    [
        ("11/12/2026", "pt-BR", "2026-12-11T00:00:00"),
        ("11/12/2026", "en-US", "2026-11-12T00:00:00"),
        ("24 de noviembre de 2026 10:00", "es", "2026-11-24T10:00:00"),
        ("Di, 24. November 2026 10:00", "de", "2026-11-24T10:00:00"),
        ("mar., 24 nov. 2026 10:00:00 +0100", "fr", "2026-11-24T09:00:00"),
        ("24 listopada 2026", "pl", "2026-11-24T00:00:00"),
        ("Mi, 13. Mai 2026 10:00", "de", "2026-05-13T10:00:00"),
        ("Tue, 24 Nov 2026 10:00:00 IST", "he", "2026-11-24T08:00:00"),
        ("2026-11-24 10:00 CST", "zh-cn", "2026-11-24T02:00:00"),
    ],
)
def test_the_language_of_a_feed_settles_its_dates(written: str, language: str, utc: str) -> None:
    assert moment(written, language=language) == f"{utc}+00:00"


def test_a_date_without_a_zone_is_in_the_given_one() -> None:
    assert moment("2026-11-24 10:00", zone="Asia/Tokyo") == "2026-11-24T01:00:00+00:00"
