"""A scene's prompt: its five parts, who appears, what is heard and said, and the look that all scenes share (pure)."""

from __future__ import annotations

from collections.abc import Collection

from airflow_provider_sora.storyboards.file import LOOK, PARTS
from airflow_provider_sora.storyboards.shots import Film, Shot
from airflow_provider_sora.words.text import quoted

_LABELS = {
    "en": {
        **dict(
            zip(PARTS, ("Subject and action", "Camera", "Environment", "Light and colour", "Flow of time"), strict=True)
        ),
        **{
            f"look {name}": label
            for name, label in zip(
                LOOK, ("Theme", "Palette", "Lens", "Film stock", "Lighting of the film", "Vibe"), strict=True
            )
        },
        "characters": "Characters",
        "sound": "Sound",
        "dialogue": "Dialogue",
    },
    "ja": {
        **dict(zip(PARTS, ("被写体と動き", "カメラ", "場所", "光と色", "時間の流れ"), strict=True)),
        **{
            f"look {name}": label
            for name, label in zip(LOOK, ("テーマ", "色調", "レンズ", "フィルム", "全編の照明", "雰囲気"), strict=True)
        },
        "characters": "登場人物",
        "sound": "音",
        "dialogue": "台詞",
    },
}
#: How one character is told from the next, and the name from the look; how a line is told from who says it.
_MARKS = {"en": ("; ", ": ", "says "), "ja": ("。", "、", "")}


def scene_prompt(film: Film, shot: Shot, known: Collection[str] = ()) -> str:
    """The whole prompt of a scene, in the film's language.

    :param known: characters that the server knows by an id; the others are described.
    """
    labels, scene = _LABELS[film.language], shot.scene
    said = [(labels[part], getattr(scene, part)) for part in PARTS]
    said.insert(1, (labels["characters"], _cast(film, shot, known)))
    said += [(labels["sound"], scene.sound), (labels["dialogue"], _dialogue(film, shot))]
    said += [(labels[f"look {name}"], getattr(film.preset, name)) for name in LOOK]
    lines = [f"{label}: {text}" for label, text in said if text]
    return "\n".join([*lines, *([film.preset.avoid] if film.preset.avoid else [])])


def _cast(film: Film, shot: Shot, known: Collection[str]) -> str:
    between, behind, _ = _MARKS[film.language]
    return between.join(
        name if name in known else f"{name}{behind}{film.characters[name].look}" for name in shot.scene.characters
    )


def _dialogue(film: Film, shot: Shot) -> str:
    language = film.language
    _, behind, says = _MARKS[language]
    return " ".join(
        f"{f'{line.who} {says}' if says else f'{line.who}{behind}'}{quoted(line.says, language)}"
        if line.who
        else quoted(line.says, language)
        for line in shot.scene.dialogue
    )
