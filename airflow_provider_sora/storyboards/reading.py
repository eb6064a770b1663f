"""A storyboard's file as a :class:`~.shots.Film`, or one error that names line, scene and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.fields import Problem, about, misspelt, read
from airflow_provider_sora.inputs.sources.documents import read_source
from airflow_provider_sora.masking.addresses import shown
from airflow_provider_sora.storyboards.document import At, Document, DocumentError, parse
from airflow_provider_sora.storyboards.file import Blend, Character, Cut, Line, Preset, Scene, StoryboardFile
from airflow_provider_sora.storyboards.shots import Film, Shot, circle

#: The largest file that is read, in bytes.
MAX_BYTES = 1024 * 1024


def read_storyboard(source: str, *, gcp_conn_id: str | None = None, anywhere: bool = False) -> Film:
    """Read a path, or any address that Airflow knows; costs nothing.

    :param gcp_conn_id: Google Cloud connection for ``gs://``.
    :param anywhere: read any file of this machine, for a command that a person runs.
    :raises InvalidRequestError: it cannot be read.
    :raises ConfigurationError: something in it is missing, unknown, blank, doubled or of the wrong kind.
    :raises ServerFaultError: its host or store failed for the moment.
    """
    document = read_source(source, max_bytes=MAX_BYTES, gcp_conn_id=gcp_conn_id, anywhere=anywhere)
    try:
        text = document.data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"The storyboard {shown(source)} is not written in UTF-8 (byte {error.start}).",
            step="save it as UTF-8.",
        ) from error
    return film_from(text, shown(source))


def film_from(text: str, source: str) -> Film:
    """The film that a file's text describes.

    :param source: how errors and pages name the file.
    :raises ConfigurationError: see :func:`read_storyboard`.
    """
    try:
        document = parse(text)
    except DocumentError as error:
        place = f", line {error.line}" if error.line else ""
        raise ConfigurationError(
            f"The storyboard {source}{place} cannot be used: {error.what}.", step=f"{error.step}."
        ) from error
    return _Reading(document, source).film()


class _Reading:
    def __init__(self, document: Document, source: str) -> None:
        self._document = document
        self._source = source

    def film(self) -> Film:
        data = self._document.data
        if not isinstance(data, Mapping):
            self._refuse((), "it is no mapping", "begin with title: and scenes:")
        self._known(data)
        file = read(lambda: StoryboardFile(**data), self._error)
        if not file.scenes:
            self._refuse(("scenes",), "there is no scene", "write at least one")
        shots = tuple(Shot(number, scene) for number, scene in enumerate(file.scenes, 1))
        numbers = self._numbers(shots)
        after = {shot.number: found for shot in shots if (found := self._after(shot, numbers)) is not None}
        self._no_circle(shots, after)
        for shot in shots:
            self._fitting(shot, file)
        return Film(
            title=file.title,
            language=file.language,
            shots=tuple(Shot(shot.number, shot.scene, after.get(shot.number)) for shot in shots),
            preset=file.preset,
            characters=file.characters,
            size=file.size,
            seconds=file.seconds,
            source=self._source,
            cut=file.cut,
        )

    def _known(self, data: Mapping[Any, Any]) -> None:
        """Every key is one that there is: a misspelt ``continue_from`` must not go unnoticed."""
        self._keys(data, StoryboardFile, ())
        self._keys(data.get("preset"), Preset, ("preset",))
        self._keys(data.get("cut"), Cut, ("cut",))
        characters = data.get("characters")
        for name, character in characters.items() if isinstance(characters, Mapping) else ():
            self._keys(character, Character, ("characters", name))
        scenes = data.get("scenes")
        for index, scene in enumerate(scenes if isinstance(scenes, list) else ()):
            at: At = ("scenes", index)
            self._keys(scene, Scene, at)
            if isinstance(scene, Mapping):
                self._keys(scene.get("transition"), Blend, (*at, "transition"))
                lines = scene.get("dialogue")
                for number, line in enumerate(lines if isinstance(lines, list) else ()):
                    self._keys(line, Line, (*at, "dialogue", number))

    def _keys(self, value: object, model: type, at: At) -> None:
        known = about(model)
        for key, given in value.items() if isinstance(value, Mapping) else ():
            if key not in known:
                problem = misspelt(key, known, f"there is no key {key!r} here")
                self._refuse((*at, str(key)), problem.what, problem.step)
            if given is None or (isinstance(given, str) and not given.strip()):
                self._refuse((*at, str(key)), "it is blank", "give it a value, or take the key out")

    def _numbers(self, shots: tuple[Shot, ...]) -> dict[int | str, int]:
        """Of every scene, its number by its number and by its id."""
        found: dict[int | str, int] = {shot.number: shot.number for shot in shots}
        for shot in shots:
            if shot.scene.id is None:
                continue
            if shot.scene.id in found:
                other = shots[found[shot.scene.id] - 1]
                self._refuse(
                    ("scenes", shot.number - 1, "id"),
                    f"{shot.scene.id!r} is the id of scene {other.number} already",
                    "give each scene an id of its own",
                )
            found[shot.scene.id] = shot.number
        return found

    def _after(self, shot: Shot, numbers: Mapping[int | str, int]) -> int | None:
        wanted = shot.scene.continue_from
        if wanted is None:
            return None
        at: At = ("scenes", shot.number - 1, "continue_from")
        wanted = int(wanted) if isinstance(wanted, str) and wanted.isdigit() else wanted
        if wanted not in numbers:
            problem = misspelt(
                wanted, [one for one in numbers if isinstance(one, str)], f"there is no scene {wanted!r}"
            )
            self._refuse(at, problem.what, problem.step if problem.near else "write another scene's id, or its number")
        if numbers[wanted] == shot.number:
            self._refuse(at, "a scene cannot continue from itself", "name another one")
        return numbers[wanted]

    def _no_circle(self, shots: tuple[Shot, ...], after: Mapping[int, int]) -> None:
        found = circle(after)
        if found:
            names = " from ".join(shots[number - 1].told for number in (*found, found[0]))
            at: At = ("scenes", found[0] - 1, "continue_from")
            self._refuse(at, f"these scenes wait for each other: {names}", "let one of them begin by itself")

    def _fitting(self, shot: Shot, file: StoryboardFile) -> None:
        """What a scene says fits together, and whom it names is described."""
        scene, at = shot.scene, ("scenes", shot.number - 1)
        if scene.continue_from is not None and scene.first_frame is not None:
            self._refuse(
                (*at, "first_frame"),
                "it has a first frame, and continues from another scene as well",
                "take one of them out",
            )
        if shot.number == len(file.scenes) and scene.transition != "cut" and file.cut.closing is None:
            self._refuse(
                (*at, "transition"),
                "it is the last scene, so there is nothing for it to dissolve into",
                "take it out, or give the film's cut a closing card",
            )
        for place, name in ((("characters", index), name) for index, name in enumerate(scene.characters)):
            if name not in file.characters:
                problem = misspelt(name, file.characters, f"there is no character {name!r}")
                self._refuse(
                    (*at, *place), problem.what, problem.step if file.characters else "describe them under characters"
                )

    def _error(self, problem: Problem) -> ConfigurationError:
        at = problem.at
        line = self._document.line(at)
        scene = self._scene(at)
        places = [f"line {line}"] if line else []
        places += [scene] if scene else []
        where = "".join(f", {place}" for place in places)
        field = _field(at[2:] if scene else at)
        return ConfigurationError(
            f"The storyboard {self._source}{where}{': ' if field else ''}{field} cannot be used: {problem.what}.",
            step=problem.step if problem.step.endswith("?") else f"{problem.step}.",
        )

    def _scene(self, at: At) -> str:
        """``scene 4 (harbour)``, where the place lies in one."""
        if len(at) < 2 or at[0] != "scenes" or not isinstance(at[1], int):
            return ""
        told = self._document.data["scenes"][at[1]]
        name = told.get("id") if isinstance(told, Mapping) else None
        return f"scene {at[1] + 1}" + (f" ({name})" if isinstance(name, str) and name.strip() else "")

    def _refuse(self, at: At, what: str, step: str) -> NoReturn:
        raise self._error(Problem("", what, step, at=at))


def _field(at: At) -> str:
    """As one would write it: ``dialogue 2 says``."""
    return " ".join(str(part + 1) if isinstance(part, int) else str(part) for part in at)
