"""Templates are text with named places; variants are the same ones every time, and a share of them is balanced."""

from __future__ import annotations

from collections import Counter

import pytest

from airflow_provider_sora.campaigns.axes import read_axes, variants
from airflow_provider_sora.campaigns.template import read_template
from airflow_provider_sora.exceptions import ConfigurationError

GRID = {
    "light": ["morning", "noon", "evening", "night"],
    "hook": ["question", "number", "claim"],
    "pace": ["slow", "quick"],
}


def test_places_are_filled_and_braces_of_values_mean_nothing() -> None:
    template = read_template("template", "A {Selling Point} {{pot}} for {title}.")
    assert template.places == ("selling_point", "title")
    values = {"selling_point": "{title} {0} {x!r}", "title": "tea"}
    assert template.fill(values) == "A {title} {0} {x!r} {pot} for tea."
    assert template.lacks({"title": " "}) == ["selling_point", "title"]


def test_what_is_filled_in_part_reads_back_as_itself() -> None:
    template = read_template("template", "{{x}} {name} likes {thing}, {name}")
    half = template.filled_but({"thing": "{name} and }"}, kept=["name"])
    assert half.shown == "{x} [name] likes {name} and }, [name]"
    again = read_template("template", str(half))
    assert again.fill({"name": "Q"}) == half.fill({"name": "Q"}) == "{x} Q likes {name} and }, Q"
    assert again.places == ("name",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "template is blank"),
        ("  ", "template is blank"),
        (None, "template is blank"),
        ("A {pot", "cannot be read"),
        ("A pot}", "cannot be read"),
        ("A {}", "the place {}"),
        ("A {pot.__class__}", "the place {pot.__class__}"),
        ("A {pot[0]}", "the place {pot[0]}"),
        ("A {pot!r}", "the place {pot!r}"),
        ("A {pot:>99999999}", "the place {pot:>99999999}"),
    ],
)
def test_a_template_that_is_none_is_one_clear_error(text: object, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_template("template", text)
    assert said in str(caught.value) and "Next:" in str(caught.value)


def test_all_combinations_have_stable_names_in_the_order_of_the_axes() -> None:
    found = variants(read_axes({"light": ["morning", "朝の光"], "size": ["1280x720", "720x1280"], "seconds": [4]}))
    assert [one.name for one in found] == [
        "morning-1280x720-4",
        "morning-720x1280-4",
        "朝の光-1280x720-4",
        "朝の光-720x1280-4",
    ]
    assert (found[1].size, found[1].seconds, found[1].model) == ("720x1280", 4, None)
    assert found[1].chosen == {"light": "morning", "size": "720x1280", "seconds": "4"}
    assert set(found[0].words) == {"light"} and found[0].words["light"].fill({}) == "morning"
    assert [one.name for one in variants(())] == ["base"]


@pytest.mark.parametrize("share", [0.1, 0.25, 1 / 3, 0.5, 0.75])
def test_a_share_is_balanced_and_grows_without_changing(share: float) -> None:
    axes = read_axes(GRID)
    found = variants(axes, share)
    assert len(found) == -int(-(share * 24) // 1)
    assert [one.name for one in found] == [one.name for one in variants(read_axes(GRID), share)]
    for axis in axes:
        counts = Counter(one.chosen[axis.name] for one in found)
        assert max(counts.values()) - min(counts.get(value, 0) for value in axis.values) <= 1, (axis.name, counts)
    larger = {one.name for one in variants(axes, min(1.0, share * 2))}
    assert {one.name for one in found} <= larger
    # In the order of all of them, so that a page looks the same whatever the share.
    everything = [one.name for one in variants(axes)]
    assert [one.name for one in found] == [name for name in everything if name in {one.name for one in found}]


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        (["light"], "axes must be a mapping"),
        ({"light": []}, "has the values none"),
        ({"light": "morning"}, "axes.light must be a list"),
        ({"light": ["a", "A"]}, "another name than the others"),
        ({"light": ["!"]}, "with letters or digits"),
        ({"light": [True]}, "axes.light must be a list of texts or whole numbers"),
        ({"light": {"a": " "}}, "axes.light.a is blank"),
        ({"seconds": ["four"]}, "seconds must be a number"),
        ({"light": ["a"], "Light ": ["b"]}, "Two axes have the same name"),
    ],
)
def test_axes_that_are_none_are_one_clear_error(axes: object, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_axes(axes)
    assert said in str(caught.value) and "Next:" in str(caught.value)


@pytest.mark.parametrize("share", [0, -1, 1.5, "half", "", True, float("nan")])
def test_a_share_is_above_0_and_at_most_1(share: object) -> None:
    with pytest.raises(ConfigurationError, match="share"):
        variants(read_axes(GRID), share)


def test_more_combinations_than_anybody_looks_at_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="529 combinations"):
        variants(read_axes({"a": [str(n) for n in range(23)], "b": [str(n) for n in range(23)]}))
