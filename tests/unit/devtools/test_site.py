"""How pages of the repository become pages of the documentation site."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.site.drawing import drawn, read, rows
from devtools.site.hooks import index, joined, moved, shown, sources, worded

REPOSITORY = Path(__file__).resolve().parents[3]
CHART = "flowchart TD\n    a\n    b\n    c\n    a --> b\n    a --> c\n    b --> c\n"


@pytest.mark.parametrize(
    ("origin", "text", "wanted"),
    [
        ("docs/index.md", "[x](../CHANGELOG.md)", "[x](changelog.md)"),
        ("docs/review.md", "[x](../dags/video_review.py)", "[x](sources/video_review-py.md)"),
        ("docs/review.md", "[x](paid-once.md#the-gap)", "[x](paid-once.md#the-gap)"),
        ("docs/review.md", "[x](#here), [y](https://a.example/b.md)", "[x](#here), [y](https://a.example/b.md)"),
        ("docs/ja/dags.md", "[x](../dags.md)", "[x](../dags.md)"),
        ("README.ja.md", "[x](docs/dags.md), [y](README.md)", "[x](../dags.md), [y](../index.md)"),
        ("README.ja.md", "![x](docs/images/index.png)", "![x](../images/index.png)"),
        ("CHANGELOG.md", "[x](docs/stability.md)", "[x](stability.md)"),
    ],
)
def test_links_of_the_repository_become_links_of_the_site(origin: str, text: str, wanted: str) -> None:
    assert moved(text, origin) == wanted


def test_every_dag_and_example_is_listed_and_shown_whole() -> None:
    listed = index()
    for path in (*REPOSITORY.glob("dags/*.py"), *REPOSITORY.glob("docs/examples/*.py")):
        assert path in sources()
        assert f"`{path.relative_to(REPOSITORY).as_posix()}`" in listed
        assert path.read_text("utf-8").rstrip() in shown(path)


def test_a_chart_is_drawn_with_every_node_below_those_that_point_to_it() -> None:
    nodes, arrows = read(CHART)
    assert rows(nodes, arrows) == [["a"], ["b"], ["c"]]
    picture = drawn(CHART)
    assert picture.count("<rect") == 3 and picture.count('class="arrow"') == 3
    assert "a imports from b" in picture


def test_what_is_no_plain_flowchart_is_refused_by_its_line() -> None:
    with pytest.raises(ValueError, match="a -- text --> b"):
        read("flowchart TD\n a -- text --> b\n")
    with pytest.raises(ValueError, match="circle: a, b"):
        rows(["a", "b"], [("a", "b"), ("b", "a")])


def test_a_link_by_a_file_s_name_is_called_by_the_page_s_title() -> None:
    text = "see [install.md](install.md#versions), [x](install.md), [gone.md](gone.md)"
    wanted = "see [Install, versions, upgrade](install.md#versions), [x](install.md), [gone.md](gone.md)"
    assert worded(text, "docs/index.md") == wanted
    assert worded("[dags.md](../dags.md)", "docs/ja/quickstart.md").startswith("[The two DAGs")


def test_japanese_lines_are_joined_and_code_is_not() -> None:
    assert joined("行が\n  続く。\n次の行\n\n- 項目\n- abc\nです") == "行が続く。次の行\n\n- 項目\n- abc\nです"
    code = "前\n\n```text\n行\n行\n```\n"
    assert joined(code) == code
