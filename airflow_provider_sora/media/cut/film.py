"""An edit list carried out: the one film that it describes, as a file."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_sora.exceptions import ArchiveError, ConfigurationError
from airflow_provider_sora.media.cut.clip_facts import facts_of
from airflow_provider_sora.media.cut.edit import Caption, Clip, Edit, names_of
from airflow_provider_sora.media.cut.encode import Encoding, Writer
from airflow_provider_sora.media.cut.lettering.captions import captions_of
from airflow_provider_sora.media.cut.lettering.overlay import card_frame, check_words, laid_over
from airflow_provider_sora.media.cut.pictures import pictures
from airflow_provider_sora.media.cut.sound.loudness import level_for, levelled
from airflow_provider_sora.media.cut.sound.music import with_music
from airflow_provider_sora.media.cut.sound.reels import clips_sound
from airflow_provider_sora.media.cut.timeline import Facts, Timeline, is_plain, place
from airflow_provider_sora.media.join import copy_packets, unlike
from airflow_provider_sora.paid import said

#: Seconds between two lines of progress.
_EVERY = 15.0

Sound = Callable[[], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """An edit list held against its files, before anything is made.

    :param facts: of each shot's file; None for a card.
    :param captions: by the seconds of the film.
    """

    edit: Edit
    facts: tuple[Facts | None, ...]
    timeline: Timeline
    captions: tuple[Caption, ...] = field(default=())


def plan_film(edit: Edit) -> Plan:
    """Look at the files of an edit list, and at all that could not be carried out; nothing is decoded.

    :raises ConfigurationError: PyAV is missing, or the edit list does not fit its files; the shot is named.
    :raises ArchiveError: a file cannot be read.
    """
    _need_decoder()
    facts = tuple(
        facts_of(shot.source, name) if isinstance(shot, Clip) else None
        for shot, name in zip(edit.shots, names_of(edit.shots), strict=True)
    )
    timeline = place(edit, facts)
    captions = captions_of(edit, timeline)
    check_words(edit, timeline, captions)
    return Plan(edit, facts, timeline, captions)


def _need_decoder() -> None:
    try:
        import av
    except ImportError as error:
        raise ConfigurationError(
            "Cutting videos needs PyAV, which is not installed.", step="install airflow-provider-sora[media]."
        ) from error
    if not hasattr(av.AudioFrame, "metadata"):
        raise ConfigurationError(
            f"Cutting videos needs PyAV 18 or later, but {av.__version__} is installed.", step="upgrade av."
        )


@dataclass(frozen=True, slots=True)
class Film:
    """What became of an edit list.

    :param copied: the clips' packets were copied, nothing was encoded.
    """

    plan: Plan
    copied: bool


def cut_film(edit: Edit, target: str, *, encoding: Encoding | None = None, log: Any = None) -> Film:
    """Make the film that an edit list describes; where nothing needs encoding, by copying.

    It is made as a stream: memory does not grow with its length. It costs no render and no request.

    :param target: path of the MP4 to write.
    :raises ConfigurationError: PyAV is missing, or the edit list does not fit its files; the shot is named.
    :raises ArchiveError: a file cannot be read.
    """
    log = log or logging.getLogger(__name__)
    plan = plan_film(edit)
    if _is_copy(plan) and _joined(edit, target, log):
        return Film(plan, copied=True)
    _encode(plan, target, encoding or Encoding(), log)
    return Film(plan, copied=False)


def _is_copy(plan: Plan) -> bool:
    first, timeline = plan.facts[0], plan.timeline
    if first is None or not is_plain(plan.edit):
        return False
    return (first.width, first.height) == timeline.size and first.rate == timeline.rate


def _joined(edit: Edit, target: str, log: Any) -> bool:
    """Copy the clips' packets, where they are of one form; False where they have to be encoded after all."""
    paths, names = [clip.source for clip in edit.clips], names_of(edit.shots)
    try:
        reason = unlike(paths, names)
        if reason is None:
            copy_packets(paths, target, names)
            return True
    except ConfigurationError as error:
        reason = error.happened
    log.info("The film is encoded anew: %s", reason)
    return False


def _encode(plan: Plan, target: str, encoding: Encoding, log: Any) -> None:
    import av

    edit, timeline = plan.edit, plan.timeline
    try:
        sound = _film_sound(plan, log)
        bare = pictures(edit, timeline, lambda card: card_frame(card, edit, timeline))
        shown = laid_over(bare, edit, timeline, plan.captions)
        with (
            Writer(target, timeline.size, timeline.rate, sound is not None, encoding) as writer,
            closing(bare),
            closing(shown),
        ):
            _write(writer, shown, sound() if sound else iter(()), timeline, log)
    except (av.error.FFmpegError, OSError) as error:
        raise ArchiveError(
            f"The film could not be made: {type(error).__name__}: {error}. Nothing was stored.",
            cost=said(),
            step="let the task run again; it costs no render.",
        ) from error


def _film_sound(plan: Plan, log: Any) -> Sound | None:
    """The film's whole sound, from its begin each time it is called; None for a silent film."""
    edit, timeline = plan.edit, plan.timeline
    if edit.music is None and not any(found is not None and found.has_sound for found in plan.facts):
        return None

    def mixed() -> Iterator[Any]:
        own = clips_sound(timeline)
        return own if edit.music is None else with_music(own, edit.music, timeline.sample(timeline.frames))

    if edit.target_loudness is None:
        return mixed
    level = level_for(mixed, edit.target_loudness, log)
    return lambda: levelled(mixed(), level)


def _write(writer: Writer, shown: Iterator[Any], sound: Iterator[Any], timeline: Timeline, log: Any) -> None:
    """Picture by picture, and the sound just ahead of it, so that a player finds both side by side."""
    began = told = time.monotonic()
    for number, frame in enumerate(shown, 1):
        while writer.samples < timeline.sample(number) and (block := next(sound, None)) is not None:
            writer.sound(block)
        writer.picture(frame)
        if (now := time.monotonic()) - told >= _EVERY:
            told = now
            log.info(
                "%d of %d pictures (%d %%), %.1f times as fast as they play.",
                number,
                timeline.frames,
                100 * number // timeline.frames,
                number / (now - began) / timeline.rate,
            )
    for block in sound:
        writer.sound(block)
    writer.finish()
