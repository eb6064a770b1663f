"""What in a film's prompts is known to disappoint or contradicts, by scene: warnings, which stop nothing (pure)."""

from __future__ import annotations

from airflow_provider_sora.prompts.lint import lint_scene
from airflow_provider_sora.storyboards.shots import Film, Shot
from airflow_provider_sora.storyboards.wording import scene_prompt

#: Characters of Japanese, and of English, that are spoken in a second without haste.
_SPOKEN = {"en": 16.0, "ja": 7.0}


def of_scene(film: Film, shot: Shot, seconds: int | None = None) -> list[str]:
    """What one scene's warnings say, without its number.

    :param seconds: the run's length of scenes that have none.
    """
    found = lint_scene(scene_prompt(film, shot))
    length = film.seconds_of(shot, seconds)
    spoken = sum(len(line.says) for line in shot.scene.dialogue) / _SPOKEN[film.language]
    if length is not None and spoken > length:
        found.append(
            f"more dialogue than its seconds hold (about {spoken:.0f} s in {length} s): shorten it, or give more"
        )
    speaking = dict.fromkeys(line.who for line in shot.scene.dialogue if line.who in film.characters)
    unseen = [who for who in speaking if who and who not in shot.scene.characters]
    if unseen:
        found.append(f"somebody speaks who does not appear ({', '.join(unseen)}): name them under its characters")
    return found
