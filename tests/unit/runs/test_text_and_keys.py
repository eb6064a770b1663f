"""Texts of others made harmless, and names that are readable, safe and never shared."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.runs.paths import run_paths
from airflow_provider_sora.stores.keys import digest, key_of
from airflow_provider_sora.words.text import address, language_of, language_tag, plain, quoted, web_address


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<b>Snow</b> &amp; ice", "Snow & ice"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Rain", "Rain"),
        ("a\x00b\x1b[31mc\u202ed\u200be\ue000f", "a b [31mcdef"),
        ("か\u3099", "が"),
        ("  two\n\tlines ", "two lines"),
        (None, ""),
        (17, "17"),
        ("su<b></b>icide, su<!-- -->icide", "suicide, suicide"),  # as a browser shows it
        ("one<br>two<p>three</p>", "one two three"),
        ("R&D &section &copy; &lt;b&gt;&amp;reg", "R&D &section © &reg"),  # no semicolon, no entity
    ],
)
def test_plain(given: object, expected: str) -> None:
    assert plain(given) == expected


@settings(deadline=None)
@given(st.text())
def test_plain_leaves_no_control_or_hidden_character(text: str) -> None:
    line = plain(text, cap=80)
    assert len(line) <= 80
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]


@pytest.mark.parametrize("unit", ["<a/", "&lt;a ", '<a b="', "<a b="])
@pytest.mark.timeout(30)  # under a second; minutes where the end is looked for from every tag
def test_tags_that_never_end_cost_no_time(unit: str) -> None:
    assert plain(unit * 100_000, cap=20_000).startswith("<")


def test_a_long_title_is_cut_at_a_word() -> None:
    assert plain("snow falls " * 5000, cap=30) == "snow falls snow falls snow…"
    assert plain("雪" * 50_000, cap=30) == "雪" * 29 + "…"


@pytest.mark.parametrize(
    "written",
    [
        "https://shop.example/p?id=1&section=2&region=jp&copy=3",
        "https://bucket.example/a.jpg?X-Amz-Signature=" + "0f" * 300,
        "photos/か\u3099く 写真  (1).jpg",
        "photos/<b>&amp;.png",
    ],
)
def test_an_address_stays_as_it_was_written(written: str) -> None:
    assert address(f"\n {written}\t") == written
    assert web_address(written) == (written if written.startswith("https") else "")


@pytest.mark.parametrize("broken", ["a\x00.png", "a\r\nb.png", "a\ud800.png", "x" * 4001])
def test_what_cannot_be_an_address(broken: str) -> None:
    assert address(broken) is None and web_address(f"https://{broken}") == ""
    assert address(None) == address("  ") == ""


@pytest.mark.parametrize("mark", '"“”„‟«»‹›「」『』｢｣＂〝〞〟❝❞❮❯﹁﹂﹃﹄🙶🙷`')
@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_kind_of_quotation_mark_survives_inside_a_quotation(mark: str, language: str) -> None:
    assert quoted(f"a{mark}b", language)[1:-1] == "a'b"


@pytest.mark.parametrize("language", ["en", "ja"])
@settings(deadline=None)
@given(text=st.text(max_size=400))
def test_a_quotation_cannot_be_closed_from_inside(language: str, text: str) -> None:
    found = quoted(text, language)
    assert not set(found[1:-1]) & set('"“”„‟「」『』«»`｢｣＂〝〞❝❞﹁﹂')
    assert len(found) <= 202


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("北国で初雪", "ja"),
        ("東京駅前", "ja"),
        ("First snow in 札幌", "en"),
        ("ﾐﾗｲ", "ja"),
        ("Schnee in Köln", "en"),
        ("1234", "en"),
    ],
)
def test_language_from_script(text: str, language: str) -> None:
    assert language_of(text) == language


def test_language_tags() -> None:
    assert [language_tag(t) for t in ("ja-JP", "EN_us", "de", None, "")] == ["ja", "en", None, None, None]


def test_keys_are_readable_nfc_and_distinct() -> None:
    assert key_of("東京で初雪、交通に影響", "g1").startswith("東京で初雪-交通に影響-")
    assert key_of("か\u3099く") == key_of("がく")
    assert key_of("same", "a") != key_of("same", "b")
    assert key_of("../../etc/passwd", "x").startswith("etc-passwd-")
    assert key_of("///", "x") == digest("x")[:10]
    assert digest("a", "bc") != digest("ab", "c")


@settings(deadline=None)
@given(st.text(max_size=300), st.text(max_size=20))
def test_a_key_is_safe_in_any_store(readable: str, identity: str) -> None:
    key = key_of(readable, identity)
    assert 0 < len(key) <= 51 and len(key.encode("utf-8", "surrogatepass")) < 255
    assert not set(key) & set('/\\?#%*:"<>|. \t\r\n\0')
    assert unicodedata.is_normalized("NFC", key) and not key.startswith("-")


@pytest.mark.parametrize(
    ("moment", "day", "hhmm"),
    [
        ("2026-11-21T15:30:00+00:00", "2026/11/22", "0030"),  # 00:30 in Japan is still yesterday in UTC
        ("2026-11-21T23:59:00+00:00", "2026/11/22", "0859"),
        ("2026-11-22T00:00:00+00:00", "2026/11/22", "0900"),
    ],
)
def test_dates_are_those_of_the_named_zone(moment: str, day: str, hhmm: str) -> None:
    paths = run_paths(
        "gs://b/p/", dag_id="news", run_id="r", moment=datetime.fromisoformat(moment), timezone="Asia/Tokyo"
    )
    assert paths.day == f"unreviewed/news/{day}"
    assert paths.item("雪-1") == f"gs://b/p/unreviewed/news/{day}/{hhmm}-雪-1"
    assert paths.run.startswith(f"{paths.day}/_runs/{hhmm}-")


@pytest.mark.parametrize(
    ("destination", "timezone", "said"),
    [("bucket/prefix", "UTC", "destination"), ("gs://", "UTC", "destination"), ("gs://b", "Asia/Edo", "Asia/Edo")],
)
def test_what_is_wrong_with_a_path_is_named(destination: str, timezone: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run_paths(destination, dag_id="d", run_id="r", moment=datetime.now(UTC), timezone=timezone)
