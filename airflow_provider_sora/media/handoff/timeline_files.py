"""A film as the timelines that DaVinci Resolve, Premiere and others open: OTIO, FCP XML, EDL.

The files are named relative to the timeline's own folder. Each clip is there whole, so its handles are all that it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.edit import Caption, Clip, Music
from airflow_provider_sora.media.cut.film import Plan
from airflow_provider_sora.media.handoff.events import Event, events_of, sounding
from airflow_provider_sora.media.handoff.timecode import with_timecode

#: Under which our own notes stand in a timeline; programs pass over it.
_OWN = "airflow_provider_sora"
#: A dissolve of sound as FCP XML names it; without, the adapter would put one for pictures into a track of sound.
_CROSS_FADE = {
    "name": "Cross Fade (+3dB)",
    "effectid": "KGAudioTransCrossFade3dB",
    "effecttype": "transition",
    "mediatype": "audio",
}


@dataclass(frozen=True, slots=True)
class Media:
    """The files of a hand-off, relative to its folder.

    :param shots: of each shot of the film, in order.
    :param music: of the bed, and how many seconds of it there are behind its ``start``.
    """

    shots: tuple[str, ...]
    music: tuple[str, Fraction] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The timelines as text; those with timecodes are None where these have no way to say it: ``problem`` says why."""

    otio: str
    fcp_xml: str | None
    edl: str | None
    problem: str | None = None


def write_timelines(plan: Plan, media: Media, name: str) -> Written:
    """The film in every form.

    :param name: of the timeline in the editor's program.
    :raises ConfigurationError: OpenTimelineIO is not installed.
    """
    try:
        import opentimelineio as otio
    except ImportError as error:
        raise ConfigurationError(
            "Timelines for editors need OpenTimelineIO, which is not installed.",
            step="install airflow-provider-sora[edit].",
        ) from error
    timeline = build_timeline(plan, media, name)
    written = otio.adapters.write_to_string
    fcp_xml, edl, problem = None, None, None
    try:
        fcp_xml = written(with_timecode(timeline), "fcp_xml")
        only_pictures = with_timecode(build_timeline(plan, media, name, sound=False))
        edl = written(only_pictures, "cmx_3600", rate=only_pictures.global_start_time.rate)
    except (otio.exceptions.OTIOError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
    return Written(written(timeline, "otio_json"), fcp_xml, edl, problem)


def build_timeline(plan: Plan, media: Media, name: str, *, sound: bool = True) -> Any:
    """The film as an OpenTimelineIO timeline: pictures, the clips' own sound, and the music, each on its track."""
    import opentimelineio as otio

    events = events_of(plan.timeline)
    width, height = (str(side) for side in plan.timeline.size)
    form = {"format": {"samplecharacteristics": {"width": width, "height": height}}}
    made = otio.schema.Timeline(
        name=name,
        global_start_time=_time(0, plan.timeline.rate),
        metadata={"fcp_xml": {"media": {"video": form}}},
    )
    made.tracks.append(_track("Video", otio.schema.TrackKind.Video, plan, media, events, [True] * len(events)))
    audible = sounding(events, plan.facts)
    if sound and any(audible):
        made.tracks.append(_track("Sound", otio.schema.TrackKind.Audio, plan, media, events, audible))
    if sound and media.music is not None and plan.edit.music is not None:
        made.tracks.append(_music(plan, media.music, plan.edit.music))
    for caption in plan.captions:
        made.tracks.markers.append(_marker(caption, plan.timeline.rate))
    return made


def _track(name: str, kind: str, plan: Plan, media: Media, events: Sequence[Event], there: Sequence[bool]) -> Any:
    import opentimelineio as otio

    rate, is_pictures = plan.timeline.rate, kind == otio.schema.TrackKind.Video
    track = otio.schema.Track(name=name, kind=kind)
    for number, event in enumerate(events):
        if not there[number]:
            track.append(otio.schema.Gap(duration=_time(event.frames, rate)))
            continue
        if event.lead is not None and number and there[number - 1]:
            track.append(
                otio.schema.Transition(
                    name="Cross Dissolve" if is_pictures else "Cross Fade",
                    metadata={} if is_pictures else {"fcp_xml": {"effect": dict(_CROSS_FADE)}},
                    transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
                    in_offset=_time(event.lead.before, rate),
                    out_offset=_time(event.lead.after, rate),
                )
            )
        track.append(_clip(plan, media, event, f"{name} {number + 1}"))
    return track


def _clip(plan: Plan, media: Media, event: Event, place: str) -> Any:
    """:param place: where it stands; FCP XML would take two items that are alike in all for one and the same."""
    import opentimelineio as otio

    placed, facts, rate = plan.timeline.shots[event.shot], plan.facts[event.shot], plan.timeline.rate
    own = facts.rate if facts is not None else rate
    whole = round(facts.seconds * own) if facts is not None else placed.frames
    length = event.frames / rate * own
    name = placed.shot.called if isinstance(placed.shot, Clip) else f"Card {event.shot + 1}"
    return otio.schema.Clip(
        name=name,
        media_reference=otio.schema.ExternalReference(
            target_url=media.shots[event.shot],
            available_range=otio.opentime.TimeRange(_time(0, own), _time(whole, own)),
        ),
        source_range=otio.opentime.TimeRange(_time(event.source_frame(own), own), _time(length, own)),
        metadata={_OWN: {"shot": event.shot + 1, "place": place}},
    )


def _music(plan: Plan, file: tuple[str, Fraction], music: Music) -> Any:
    """The bed from the film's first frame to its last, begun again where it is over."""
    import opentimelineio as otio

    rate, left = plan.timeline.rate, plan.timeline.frames
    start = round(Fraction(music.start) * rate)
    once = max(1, int(file[1] * rate))
    track = otio.schema.Track(name="Music", kind=otio.schema.TrackKind.Audio)
    while left > 0:
        place = f"Music {len(track) + 1}"
        frames = min(once, left)
        track.append(
            otio.schema.Clip(
                name=place,
                media_reference=otio.schema.ExternalReference(
                    target_url=file[0],
                    available_range=otio.opentime.TimeRange(_time(0, rate), _time(start + once, rate)),
                ),
                source_range=otio.opentime.TimeRange(_time(start, rate), _time(frames, rate)),
                metadata={_OWN: {"gain_db": music.gain_db, "fade_in": music.fade_in, "fade_out": music.fade_out}},
            )
        )
        left -= frames
    return track


def _marker(caption: Caption, rate: Fraction) -> Any:
    import opentimelineio as otio

    start, end = (round(Fraction(at) * rate) for at in (caption.start, caption.end))
    words = f"{caption.speaker}: {caption.text}" if caption.speaker else caption.text
    return otio.schema.Marker(
        name=" ".join(words.split()),
        marked_range=otio.opentime.TimeRange(_time(start, rate), _time(max(1, end - start), rate)),
        color=otio.schema.MarkerColor.CYAN,
    )


def _time(frames: int | Fraction, rate: Fraction) -> Any:
    import opentimelineio as otio

    return otio.opentime.RationalTime(float(frames), float(rate))
