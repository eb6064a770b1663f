"""A storyboard that was read and is whole: its scenes by number, and the order in which they can be made (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_provider_sora.storyboards.file import Character, Cut, Preset, Scene


@dataclass(frozen=True, slots=True)
class Shot:
    """A scene in its place.

    :param number: from 1.
    :param after: number of the scene that it continues from; None for one that starts by itself.
    """

    number: int
    scene: Scene
    after: int | None = None

    @property
    def key(self) -> str:
        """What people call it: its id, else its number."""
        return self.scene.id or f"{self.number:02}"

    @property
    def told(self) -> str:
        """As errors and warnings name it: ``scene 4 (harbour)``."""
        return f"scene {self.number}" + (f" ({self.scene.id})" if self.scene.id else "")


@dataclass(frozen=True, slots=True)
class Film:
    """All of a storyboard.

    :param shots: in the order of the film.
    :param size: of all scenes, ``seconds`` of those that say nothing else; None leaves it to the run.
    :param source: where it was read, as pages show it.
    :param address: where it lies: relative pictures and music are looked for beside it. It may name a connection.
    """

    title: str
    language: str
    shots: tuple[Shot, ...]
    preset: Preset
    characters: Mapping[str, Character]
    size: str | None = None
    seconds: int | None = None
    source: str = ""
    address: str = ""
    cut: Cut = field(default_factory=Cut)

    def shot(self, number: int) -> Shot:
        return self.shots[number - 1]

    def seconds_of(self, shot: Shot, otherwise: int | None = None) -> int | None:
        """A scene's length: its own, the film's, the run's."""
        return shot.scene.seconds or self.seconds or otherwise

    def wave(self, shot: Shot) -> int:
        """When it can be made: 1 at once, 2 after the first scene of its line, and so on."""
        return 1 if shot.after is None else 1 + self.wave(self.shot(shot.after))

    @property
    def waves(self) -> int:
        """How many scenes the longest line of scenes that continue each other has."""
        return max(map(self.wave, self.shots))


def circle(after: Mapping[int, int]) -> tuple[int, ...]:
    """Numbers of scenes that wait for each other; empty where every line has a beginning.

    :param after: of a scene's number, that of the scene which it continues from.
    """
    for first in after:
        line = [first]
        while (next_one := after.get(line[-1])) is not None:
            if next_one in line:
                return tuple(line[line.index(next_one) :])
            line.append(next_one)
    return ()
