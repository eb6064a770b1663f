"""What a style never illustrates, asked of one item; and the stories that a person named all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.exceptions import InvalidRequestError
from airflow_provider_sora.inputs.feeds import FeedItem
from airflow_provider_sora.prompts.style import Style
from airflow_provider_sora.prompts.tone.judge import CATEGORIES, UNKNOWN, Tone, judge
from airflow_provider_sora.words.reasons import Reason, because


@dataclass(frozen=True, slots=True)
class ToneGate:
    """The gate of a news desk.

    :param categories: see :data:`~.tone.judge.CATEGORIES`.
    :param unknown: keep out stories in languages that have no word list.
    :param named: guids or links of stories that a person wants made, as the feed or the run's page has them.
    """

    categories: tuple[str, ...]
    unknown: bool
    named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, style: Style, named: Any) -> ToneGate:
        """A desk that does not say what it never illustrates illustrates none of it.

        :param named: the DAG's param ``tone_override``: a list, one text, or nothing.
        :raises InvalidRequestError: it is something else; nothing was paid.
        """
        wanted = [named] if isinstance(named, str) else named or []
        if not isinstance(wanted, list | tuple) or not all(isinstance(one, str) for one in wanted):
            raise InvalidRequestError(
                "The param tone_override must be a list of guids or links.",
                step="copy them from the page of the run that left them out.",
            )
        categories = CATEGORIES if style.never_illustrate is None else style.never_illustrate
        return cls(categories, style.other_languages == "skip", frozenset(one.strip() for one in wanted if one.strip()))

    def tone(self, item: FeedItem) -> Tone | None:
        """Why a story is to have no clip, whoever named it."""
        return judge(story(item.title, item.summary), item.language, self.categories, unknown=self.unknown)

    def is_named(self, item: FeedItem) -> bool:
        """Whether a person named it, by what the feed says or by what a page shows of that."""
        return bool(self.named & {item.guid, item.link, item.about["key"], item.about["link"]})

    @staticmethod
    def reason(tone: Tone) -> Reason:
        if tone.category == UNKNOWN:
            return because("unjudged", language=tone.word)
        return because("tone", category=tone.category, word=tone.word)


def story(title: str, summary: str) -> str:
    """Headline and summary as one text to judge."""
    return f"{title}\n{summary}"


def brand_tone(style: Style, text: str, language: str) -> Tone | None:
    """Why a brand shows no product with this text; None where its style does not say what it never illustrates."""
    return judge(text, language, style.never_illustrate, unknown=False) if style.never_illustrate else None
