"""What stands in the way of a release is named, one line each."""

from __future__ import annotations

from devtools.release import address, changelog, tree


def test_an_address_that_nobody_can_open_is_named() -> None:
    text = '[project.urls]\nSource = "https://sora.example"\nIssues = "https://code.test/sora/issues"\n'
    (line,) = address(text)
    assert "Source is https://sora.example" in line
    assert list(address(text.replace("sora.example", "code.test/sora"))) == []


def test_the_changelogs_top_section_is_this_versions_with_a_day() -> None:
    assert list(changelog("# Changelog\n\n## [0.2.0] - 2026-12-01\n\n## [0.1.0]\n", "0.2.0")) == []
    (line,) = changelog("## [0.2.0] - Unreleased\n", "0.2.0")
    assert "has no day" in line
    (line,) = changelog("## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n", "0.2.0")
    assert "of Unreleased, not of 0.2.0" in line
    (line,) = changelog("", "0.2.0")
    assert "of no version" in line


def test_what_is_built_is_what_is_tagged() -> None:
    assert list(tree("", "v0.2.0\nlatest\n", "0.2.0")) == []
    assert len(list(tree(" M README.md\n", "", "0.2.0"))) == 2
