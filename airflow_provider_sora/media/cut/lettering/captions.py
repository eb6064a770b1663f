"""Captions in the film's time, and as the files that players and video sites take: WebVTT and SRT (pure)."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.edit import Caption, Edit
from airflow_provider_sora.media.cut.timeline import Timeline


def captions_of(edit: Edit, timeline: Timeline) -> tuple[Caption, ...]:
    """All captions by the seconds of the film, in order; what lasts longer than its shot ends with it.

    :raises ConfigurationError: one begins when its shot, or the film, is over.
    """
    found = []
    whole = float(timeline.seconds)
    for placed in timeline.shots:
        begin, seconds = float(placed.begin / timeline.rate), float(placed.frames / timeline.rate)
        for caption in placed.shot.captions:
            found.append(_moved(caption, begin, seconds, placed.called, whole))
    found += [_moved(caption, 0.0, whole, "the film", whole) for caption in edit.captions]
    return tuple(sorted((caption for caption in found if caption is not None), key=lambda one: (one.start, one.end)))


def _moved(caption: Caption, begin: float, seconds: float, called: str, whole: float) -> Caption | None:
    if caption.start >= seconds:
        raise ConfigurationError(
            f"A caption of {called} begins at {caption.start:g} s, but it is over at {seconds:.3f} s.",
            step="correct the caption's start.",
        )
    # Of a loop's first shot the film shows only what lies behind the dissolve.
    start, end = max(0.0, begin + caption.start), min(whole, begin + min(caption.end, seconds))
    return Caption(start, end, caption.text, caption.speaker) if end > start else None


def webvtt(captions: Sequence[Caption]) -> str:
    """The captions as a WebVTT file; speakers are named by voice tags."""
    cues = []
    for one in captions:
        words = f"{_voice(one.speaker)}{html.escape(_lines(one.text), quote=False)}"
        cues.append(f"{_clock(one.start, '.')} --> {_clock(one.end, '.')}\n{words}")
    return "\n\n".join(("WEBVTT", *cues)) + "\n"


def srt(captions: Sequence[Caption]) -> str:
    """The captions as a SubRip file; a speaker's name stands before the words."""
    cues = [
        f"{number}\n{_clock(one.start, ',')} --> {_clock(one.end, ',')}\n{spoken(one)}\n"
        for number, one in enumerate(captions, 1)
    ]
    return "\n".join(cues)


def spoken(caption: Caption) -> str:
    """A caption's words as they are seen, behind the speaker's name where there is one."""
    words = _lines(caption.text)
    return f"{' '.join(caption.speaker.split())}: {words}" if caption.speaker else words


def due(captions: Iterable[Caption], seconds: float) -> tuple[Caption, ...]:
    """What is to be read at a moment of the film."""
    return tuple(caption for caption in captions if caption.start <= seconds < caption.end)


def _lines(text: str) -> str:
    """Without blank lines: they would end the cue."""
    return "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)


def _voice(speaker: str | None) -> str:
    return f"<v {html.escape(' '.join(speaker.split()), quote=False)}>" if speaker else ""


def _clock(seconds: float, point: str) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{milliseconds:03}"
