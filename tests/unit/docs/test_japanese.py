"""A page in Japanese says what its English page says, as far as a machine can tell."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGES = sorted((DOCS / "ja").glob("*.md"))
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def of(path: Path) -> tuple[str, str]:
    """The English text, and the Japanese."""
    return (DOCS / path.name).read_text("utf-8"), path.read_text("utf-8")


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def named(text: str) -> set[str]:
    return {word for quoted in re.findall(r"`([^`\n]+)`", prose(text)) for word in quoted.split()}


def levels(text: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(text), re.MULTILINE)]


def shape(text: str) -> list[str]:
    """The lines that begin a row of a table or an item of a list, as what they are; other lines are no matter."""
    begun = re.findall(r"^( *)(\||-|\d+\.)(?= )", prose(text), re.MULTILINE)
    return [f"{len(indent)} {mark}" for indent, mark in begun]


def links(text: str, folder: str) -> list[str]:
    """Where the links lead; without anchors in pages that are there in Japanese, which are in its language."""
    found = re.findall(r"\]\(([^)\s#]+)(#[\w-]+)?\)", prose(text))
    named = [(posixpath.normpath(posixpath.join(folder, path)).removeprefix("ja/"), anchor) for path, anchor in found]
    return sorted(path + ("" if (DOCS / "ja" / path).exists() else anchor) for path, anchor in named)


def test_there_are_the_pages_that_were_promised() -> None:
    assert {path.name for path in PAGES} >= {"quickstart.md", "dags.md"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_and_every_piece_of_code_is_the_same(path: Path) -> None:
    english, japanese = map(_FENCE.findall, of(path))
    assert english and japanese == english


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_headings_tables_and_lists_have_the_same_shape(path: Path) -> None:
    english, japanese = of(path)
    assert levels(japanese) == levels(english)
    assert shape(japanese) == shape(english)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_names_and_links_are_the_same(path: Path) -> None:
    english, japanese = of(path)
    assert named(japanese) == named(english)
    assert links(japanese, "ja") == links(english, "")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_it_is_japanese(path: Path) -> None:
    text = re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", prose(path.read_text("utf-8")))
    kana = len(re.findall(r"[ぁ-んァ-ヶ]", text))
    assert kana > 0.25 * len(re.sub(r"\s", "", text))
    assert not re.search(r"[ぁ-んァ-ヶ一-龠][.,?!](\s|$)", text), "Western punctuation behind Japanese"
