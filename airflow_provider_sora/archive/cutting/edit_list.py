"""What a DAG says of a film, as plain JSON, read as an edit list (pure).

A shot is the output of an archive task, or a mapping with that under ``video``, or one with the words of a ``card``.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from airflow_provider_sora.arguments import as_flag, as_mapping, as_number, as_text, check_names, is_blank, wrong
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.checks import as_rate
from airflow_provider_sora.media.cut.edit import Caption, Card, Clip, Edit, Mark, Music, Shot
from airflow_provider_sora.record import VideoRecord, read_record, rendered_value

_WORDS = ("text", "speaker")


@dataclass(frozen=True, slots=True)
class Order:
    """A film as it was asked for.

    :param edit: its clips' ``source`` is the number of a record in ``records``.
    :param records: the archived videos it is made of, each once.
    """

    edit: Edit
    records: tuple[VideoRecord, ...]

    def key(self, *contents: str) -> str:
        """What tells this film from every other: the same parts, edited alike, are one film.

        :param contents: hashes of files that are no archived videos.
        """
        parts = [[record.base_url, record.video_id] for record in self.records]
        edit = replace(self.edit, font=None)  # files count by their content: a signed address is new at every try
        if edit.music is not None:
            edit = replace(edit, music=replace(edit.music, source=""))
        if edit.mark is not None and edit.mark.picture is not None:
            edit = replace(edit, mark=replace(edit.mark, picture=""))
        text = json.dumps([parts, said(edit), contents], sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def read_order(videos: object, settings: Mapping[str, Any]) -> Order:
    """An edit list from rendered arguments.

    :param settings: the fields of :class:`~airflow_provider_sora.media.cut.edit.Edit` but ``shots``, as plain JSON;
        None leaves one at its default.
    :raises ConfigurationError: a value that cannot be meant, with its place; nothing was stored.
    """
    records: dict[tuple[str | None, str], VideoRecord] = {}
    shots = [_shot(item, number, records) for number, item in enumerate(_list("videos", videos), 1) if item is not None]
    return Order(Edit(tuple(shots), **read_settings(settings)), tuple(records.values()))


def read_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What lies over all of a film, as :class:`~airflow_provider_sora.media.cut.edit.Edit` takes it.

    :raises ConfigurationError: a value that cannot be meant.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    check_names("A film", given, [one.name for one in fields(Edit) if one.name != "shots"])
    return {name: _SETTINGS[name](name, value) for name, value in given.items()}


def said(value: Any) -> Any:
    """An edit list as plain JSON, without what is at its default: ids must not change when a default is added."""
    if is_dataclass(value) and not isinstance(value, type):
        found = {one.name: getattr(value, one.name) for one in fields(value)}
        plain = {one.name: one.default for one in fields(value) if one.default is not MISSING}
        return {name: said(item) for name, item in found.items() if name not in plain or item != plain[name]}
    if isinstance(value, (list, tuple)):
        return [said(item) for item in value]
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else str(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def told_edit(edit: Edit, prompt_storage: str) -> Any:
    """An edit list as a receipt states it.

    :param prompt_storage: of the archive's options: ``"hash"`` leaves out what anybody wrote, and has its sha256.
    """
    return _without_words(said(edit)) if prompt_storage == "hash" else said(edit)


def _without_words(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(
            (f"{name}_sha256", hashlib.sha256(str(item).encode("utf-8", "surrogatepass")).hexdigest())
            if name in _WORDS
            else (name, _without_words(item))
            for name, item in value.items()
        )
    return [_without_words(item) for item in value] if isinstance(value, list) else value


def _shot(item: object, number: int, records: dict[tuple[str | None, str], VideoRecord]) -> Shot:
    where = f"videos[{number - 1}]"
    if isinstance(item, str) and item.strip().startswith("{"):
        item = rendered_value(item)
    if isinstance(item, Mapping) and "card" in item:
        given = {("text" if name == "card" else str(name)): value for name, value in item.items()}
        return Card(**_fields(Card, where, given))
    if isinstance(item, Mapping) and "video" in item:
        given = {str(name): value for name, value in item.items() if name != "video"}
        record = read_record(item["video"])
    else:
        given, record = {}, read_record(item)
    key = (record.base_url, record.video_id)
    records.setdefault(key, record)
    values = {"name": record.video_id, **_fields(Clip, where, given, leave=("source",))}
    return Clip(source=str(list(records).index(key)), **values)


def _fields(kind: type, where: str, given: Mapping[str, Any], leave: Sequence[str] = ()) -> dict[str, Any]:
    names = [one.name for one in fields(kind) if one.name not in leave]
    check_names(where, given, names)
    found = {name: _FIELDS[name](f"{where}.{name}", value) for name, value in given.items() if value is not None}
    for one in fields(kind):
        if one.default is MISSING and one.name in names and one.name not in found:
            raise ConfigurationError(f"{where} has no {one.name}.", step="give it.")
    return found


def _number(name: str, value: object) -> float:
    found = as_number(name, value, minimum=-math.inf)
    assert found is not None, "None was left out"
    return found


def _gain(name: str, value: object) -> float:
    return -math.inf if value in ("-inf", -math.inf) else _number(name, value)


def _whole(name: str, value: object) -> int:
    found = _number(name, value)
    if found != int(found):
        raise wrong(name, value, "a whole number")
    return int(found)


def _text(name: str, value: object) -> str:
    return as_text(name, value) or ""


def _captions(name: str, value: object) -> tuple[Caption, ...]:
    return tuple(
        Caption(**_fields(Caption, f"{name}[{number}]", as_mapping(f"{name}[{number}]", item)))
        for number, item in enumerate(_list(name, value))
    )


def _size(name: str, value: object) -> tuple[int, int]:
    text = "x".join(str(side) for side in value) if isinstance(value, (list, tuple)) else str(value).strip()
    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise wrong(name, value, "width and height such as 1280x720")
    return int(width), int(height)


def _focus(name: str, value: object) -> tuple[float, float]:
    found = [_number(name, item) for item in _list(name, value)]
    if len(found) != 2:
        raise wrong(name, value, "x and y from 0 to 1, such as [0.5, 0.3]")
    return found[0], found[1]


def _part_of(kind: type, main: str) -> Callable[[str, object], Any]:
    """A mapping with the fields of ``kind``, or only what its main field says."""

    def read(name: str, value: object) -> Any:
        if isinstance(value, str) and value.strip().startswith("{"):
            value = rendered_value(value)
        given = value if isinstance(value, Mapping) else {main: _text(name, value)}
        return kind(**_fields(kind, name, given))

    return read


def _list(name: str, value: object) -> list[Any]:
    if isinstance(value, str) and not is_blank(value) and value.strip()[0] in "[(":
        value = rendered_value(value)
    if isinstance(value, (str, Mapping)) or not hasattr(value, "__iter__"):
        raise wrong(name, value, "a list")
    return list(value)


_FIELDS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("start", "end", "seconds", "fade_in", "fade_out", "duck_db", "opacity", "height"), _number),
    **dict.fromkeys(("text", "speaker", "name", "colour", "ground", "source", "corner", "picture"), _text),
    "gain_db": _gain,
    "blend": _whole,
    "captions": _captions,
}
_SETTINGS: dict[str, Callable[[str, Any], Any]] = {
    "loop": _whole,
    "size": _size,
    "rate": lambda name, value: as_rate(value),
    "fit": _text,
    "focus": _focus,
    "music": _part_of(Music, "source"),
    "loudness": _number,
    "captions": _captions,
    "burn_captions": as_flag,
    "mark": _part_of(Mark, "text"),
    "font": _text,
}
