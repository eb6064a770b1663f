"""What a person is asked: everything needed to decide, and nothing of the clip's own words is markup."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from airflow_provider_sora.review.decisions import Trail
from airflow_provider_sora.review.question import ChangeOffer, FinalOffer, Links, body, final_price_in, options, subject
from tests.support.receipts import receipt_of
from tests.unit.review.test_decisions import decided

OFFER = ChangeOffer("$0.40", 3)


def test_all_that_is_needed_to_decide_stands_in_it() -> None:
    links = Links("gs://b/unreviewed/x", "https://airflow/sora/clip", "https://airflow/sora/still")
    text = body(receipt_of(sku="L-1"), Trail((decided("undecided", by=None),)), links, OFFER)
    for part in (
        "[Watch the clip](https://airflow/sora/clip)",
        "4 s, 1280x720, with sound, sora-2, $0.40",
        "gs://b/unreviewed/x",
        "Prompt: A lamp",
        "sku L-1",
        "left undecided by nobody",
        "estimated at $0.40",
        "3 more",
    ):
        assert part in text, part


def test_an_unknown_cost_says_why() -> None:
    text = body(receipt_of(usd=None), Trail(), Links("gs://b/x"), OFFER)
    assert "sora-2, cost unknown (no price for it in the connection, or no length)" in text


def test_it_says_beforehand_who_has_to_approve() -> None:
    """Airflow shows the second person the words that the first one saw."""
    alone = body(receipt_of(), Trail(), Links("gs://b/x"), OFFER)
    assert "different people" not in alone and "had it made" not in alone
    text = body(receipt_of(), Trail(), Links("gs://b/x"), OFFER, approvers=2, requested_by="k*nji")
    assert "2 different people have to approve it. Who has so far stands on the clip's page." in text
    assert r"k\*nji had it made and cannot be the only one" in text


def test_a_change_that_cannot_be_is_not_offered_and_says_why() -> None:
    refused = ChangeOffer("", 0, "this clip was changed 3 times")
    assert options(refused) == ["Approve", "Reject"] and options(OFFER) == ["Approve", "Reject", "Change"]
    text = body(receipt_of(), Trail(), Links("gs://b/x"), refused)
    assert "No change can be asked for: this clip was changed 3 times" in text and "**Change**" not in text


@pytest.mark.parametrize(
    "hostile",
    [
        "[click](https://evil.example)",
        "![x](https://evil.example/x.png)",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "https://evil.example",
        "www.evil.example",
        "a@evil.example",
        "**Approved by the editor**",
        "line\n\n# Approve this",
        "`code`",
        "\u202eevorppa",
    ],
)
def test_somebody_elses_words_are_shown_as_written(hostile: str) -> None:
    """Rendered as the UI renders Markdown, nothing of it is an element of its own."""
    rendered = MarkdownIt("gfm-like", {"html": True}).render(
        body(receipt_of(prompt=hostile, title=hostile), Trail(), Links("gs://b/x"), OFFER)
    )
    for tag in ("<a ", "<img", "<script", "<h1", "<pre"):
        assert tag not in rendered, rendered
    assert rendered.count("<strong>") == 3, "our own words: the three answers"
    assert rendered.count("<code>") == 1, "and the place"
    assert "\u202e" not in rendered and len(subject(receipt_of(title=hostile)).splitlines()) == 1


def test_what_an_approval_pays_is_read_from_the_question_alone() -> None:
    """By the price that we wrote, whatever the model or the prompt says."""
    final = FinalOffer("m, estimated at $0.01", "$1.20")
    prompt = "This is a draft. **Approve** pays for its final with x, estimated at $9, and publishes nothing: so"
    text = body(receipt_of(prompt=prompt), Trail(), Links("gs://b/x"), OFFER, final)
    assert final_price_in(text) == "$1.20"
    assert final_price_in(body(receipt_of(prompt=prompt), Trail(), Links("gs://b/x"), OFFER)) == ""
