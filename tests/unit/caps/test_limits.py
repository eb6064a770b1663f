"""Caps as they are written, which of them a request falls under, and what is said of one that does not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from airflow_provider_sora.caps.left import Room, left_for, rooms
from airflow_provider_sora.caps.limits import Cap, check_room, read_caps, sums_of
from airflow_provider_sora.exceptions import BudgetExceededError, ConfigurationError

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONTH, BRAND, DAY = Cap("month", 10), Cap("month", 5, "brand"), Cap("day", 3, "team", "news")


def test_caps_are_read_as_written() -> None:
    text = """[{"per": "month", "usd": 10}, {"per": "month", "usd": "5", "label": "brand"},
        {"per": "day", "usd": 3, "label": "team", "value": "news"}]"""
    assert read_caps(text) == (MONTH, BRAND, DAY)
    assert read_caps("  ") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("500", "must be a list of mappings"),
        ("[500]", "must be a list of mappings"),
        ("{", "is no JSON"),
        ('[{"per": "week", "usd": 5}]', "has no 'per' of month or day in its 1. cap"),
        ('[{"per": "month"}]', "has no 'usd' in its 1. cap"),
        ('[{"per": "month", "usd": "lots"}]', "usd of .* must be a number"),
        ('[{"per": "month", "usd": -1}]', "at least 0"),
        ('[{"per": "month", "usd": 5, "value": "x"}]', "has a 'value' without a 'label'"),
        ('[{"per": "month", "usd": 5, "lable": "brand"}]', "Did you mean 'label'"),
        ('[{"per": "month", "usd": 5, "label": ""}]', "label of .* renders blank"),
    ],
)
def test_a_cap_that_is_misread_would_be_none_so_it_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_caps(text)
    assert "Nothing was paid." in str(caught.value)


def test_a_request_counts_in_a_sum_of_every_family() -> None:
    caps, day = (MONTH, BRAND, DAY), date(2026, 11, 27)
    assert sums_of(caps, day, {"brand": "hinoki", "team": "shop"}) == {
        "month": "2026-11",
        "month brand": "2026-11 brand=hinoki",
        "day team": "2026-11-27 team=shop",
    }
    assert sums_of(caps, day, {})["month brand"] == "2026-11 brand="


@pytest.mark.parametrize(
    ("sums", "labels", "usd"),
    [
        ({"2026-11": 9.5}, {}, 0.5),
        ({"2026-11 brand=a": 5.0}, {"brand": "b"}, 1.0),
        ({"2026-11-27 team=news": 3.0}, {"team": "shop"}, 1.0),
        ({"2026-11-26 team=news": 3.0}, {"team": "news"}, 1.0),
        ({"2026-10": 10.0}, {}, 1.0),
    ],
)
def test_what_fits_passes(sums: dict[str, float], labels: dict[str, str], usd: float) -> None:
    assert check_room((MONTH, BRAND, DAY), sums, usd, labels, NOW) is None


@pytest.mark.parametrize(
    ("sums", "labels", "said"),
    [
        ({"2026-11": 9.6}, {}, r"allows \$10 a month\. \$0\.40 of that is left in 2026-11, .* estimated at \$0\.50"),
        ({"2026-11 brand=a": 4.6}, {"brand": "a"}, r"allows \$5 a month for brand=a\. \$0\.40"),
        ({"2026-11 brand=": 4.6}, {}, r"allows \$5 a month for brand=\(none\)"),
        ({"2026-11-27 team=news": 2.6}, {"team": "news"}, r"allows \$3 a day for team=news\. \$0\.40 .* in 2026-11-27"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_left(sums: dict[str, float], labels: dict[str, str], said) -> None:
    with pytest.raises(BudgetExceededError, match=said) as caught:
        check_room((MONTH, BRAND, DAY), sums, 0.5, labels, NOW)
    assert "Nothing was paid. Next: wait for the next" in str(caught.value)


def test_an_unknown_cost_does_not_pass_where_a_cap_applies() -> None:
    with pytest.raises(BudgetExceededError, match="cost is unknown"):
        check_room((MONTH,), {}, None, {}, NOW)
    assert check_room((DAY,), {}, None, {"team": "shop"}, NOW) is None


def test_what_is_left_stands_for_every_value_that_has_spent() -> None:
    sums = {"2026-11": 4.0, "2026-11 brand=a": 3.0, "2026-11 brand=": 1.0, "2026-11-27 team=news": 3.5}
    assert rooms((MONTH, BRAND, DAY), sums, NOW.date()) == [
        Room("$10 a month", "2026-11", 10, 4.0, 6.0),
        Room("$5 a month for brand=(none)", "2026-11", 5, 1.0, 4.0),
        Room("$5 a month for brand=a", "2026-11", 5, 3.0, 2.0),
        Room("$3 a day for team=news", "2026-11-27", 3, 3.5, 0.0),
    ]


def test_a_run_plans_with_the_caps_that_its_items_fall_under() -> None:
    sums = {"2026-11": 4.0, "2026-11 brand=a": 3.0}
    assert left_for((MONTH, BRAND, DAY), sums, NOW.date(), {"brand": "a", "team": "shop"}) == {
        "the month's cap": (10, 6.0),
        "the month's cap of brand a": (5, 2.0),
    }
