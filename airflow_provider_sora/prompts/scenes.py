"""Which scene of a style a text gets, and the word that chose it; none where nothing fits well.

A headline counts twice as much as its summary, names of people and places do not count, a word of the scene's
``unless`` rules it out, and two scenes that fit equally well leave the neutral one: the style's ``defaults``.
"""

from __future__ import annotations

from dataclasses import dataclass

from airflow_provider_sora.prompts.style import Scene, Style
from airflow_provider_sora.prompts.tone.judge import judge
from airflow_provider_sora.prompts.tone.word_lists import Reading


@dataclass(frozen=True, slots=True)
class Choice:
    """A scene, and the word of the text that chose it; without scene, the style's ``defaults``.

    :param grave: the text tells of death or the like, or cannot be judged, so nothing of it is to be shown.
    """

    scene: Scene | None = None
    word: str = ""
    grave: bool = False

    @property
    def told(self) -> str:
        """As labels and pages say it: ``snow: Snowfall``."""
        return f"{self.scene.name}: {self.word}" if self.scene else "neutral"


def news_scene(style: Style, title: str, summary: str, language: str) -> Choice:
    """The scene of an article. One that tells of death or the like has the neutral scene, also where a person had it
    made; so has one that cannot be judged, for a single word in it may say anything."""
    if judge(f"{title}\n{summary}", language):
        return Choice(grave=True)
    headline, more = Reading(title), Reading(summary)
    ranked = sorted(((_rank(scene, headline, more), scene) for scene in style.scenes), key=lambda one: -one[0][0])
    if not ranked or not ranked[0][0][0] or (len(ranked) > 1 and ranked[1][0][0] == ranked[0][0][0]):
        return Choice()
    (_, word), scene = ranked[0]
    return Choice(scene, word)


def product_scene(style: Style, category: str) -> Choice:
    """The first scene that a product's category names; its other texts do not count, for a "snow-white mug" is none.

    A category is a short label of the shop's own, so Japanese terms count as parts of it: 服 for 婦人服売場.
    """
    reading = Reading(category)
    for scene in style.scenes:
        found = reading.find(scene.match, endings="plural", anywhere=True)
        if found and not reading.find(scene.unless):
            return Choice(scene, found[0].word)
    return Choice()


def _rank(scene: Scene, headline: Reading, more: Reading) -> tuple[int, str]:
    """How well a scene fits, 0 for not at all, and its first word. One word of a summary alone is too little."""
    if headline.find(scene.unless) or more.find(scene.unless):
        return 0, ""
    first, second = (one.find(scene.match, endings="plural", names=False) for one in (headline, more))
    above, below = {one.term for one in first}, {one.term for one in second}
    if not above and len(below) < 2:
        return 0, ""
    return 2 * len(above) + len(below - above), min(first or second, key=lambda one: one.start).word
