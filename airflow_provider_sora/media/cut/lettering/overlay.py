"""Captions and a mark laid over pictures while they pass, and drawn pictures as frames."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

from airflow_provider_sora.media.cut.edit import Caption, Card, Edit
from airflow_provider_sora.media.cut.graph import BT709, LIMITED, Chain, picture_form
from airflow_provider_sora.media.cut.lettering.captions import due, spoken
from airflow_provider_sora.media.cut.lettering.drawing import Layer, draw_caption, draw_card, draw_mark
from airflow_provider_sora.media.cut.timeline import Timeline


def card_frame(card: Card, edit: Edit, timeline: Timeline) -> Any:
    """A card as a picture of the film."""
    frame = _frame(draw_card(card, timeline.size, edit.font), "rgb24")
    made = frame.reformat(format="yuv420p", src_colorspace="ITU709", dst_colorspace="ITU709", dst_color_range="MPEG")
    made.colorspace, made.color_range = BT709, LIMITED
    return made


def laid_over(
    shown: Iterator[Any], edit: Edit, timeline: Timeline, captions: Sequence[Caption]
) -> Generator[Any, None, None]:
    """The film's pictures with the mark and, where they are to be burnt in, the captions that are due."""
    burnt = captions if edit.burn_captions else ()
    if edit.mark is None and not burnt:
        yield from shown
        return
    words: tuple[Caption, ...] | None = None
    over: _Over | None = None
    for number, frame in enumerate(shown):
        now = due(burnt, float(number / timeline.rate))
        if now != words:
            words = now
            layers = _layers(edit, timeline, now)
            over = _Over(layers, timeline) if layers else None
        yield over.lay(frame) if over is not None else frame


def check_words(edit: Edit, timeline: Timeline, captions: Sequence[Caption]) -> None:
    """Set all words once, so that what cannot be set is told before the work and not in its middle.

    :raises ConfigurationError: a colour, sign, font or picture is not there.
    """
    for shot in edit.shots:
        if isinstance(shot, Card):
            draw_card(shot, timeline.size, edit.font)
    for caption in captions if edit.burn_captions else ():
        _layers(edit, timeline, (caption,))
    _layers(edit, timeline, ())


def _layers(edit: Edit, timeline: Timeline, captions: Sequence[Caption]) -> list[Layer]:
    """The mark, and above it, where it stands at the lower edge, the captions."""
    layers, floor = [], timeline.size[1]
    if edit.mark is not None:
        layers.append(draw_mark(edit.mark, timeline.size, edit.font))
        if edit.mark.corner.startswith("bottom"):
            floor = layers[0].y - round(min(timeline.size) * 0.02)
    if captions:
        words = "\n".join(spoken(caption) for caption in captions)
        layers.append(draw_caption(words, timeline.size, edit.font, floor=floor))
    return layers


class _Over:
    """Some layers, laid over one picture after the other."""

    def __init__(self, layers: Sequence[Layer], timeline: Timeline) -> None:
        self._layers = layers
        self._rate = timeline.rate
        self._form, self._number = "", 0
        self._chain = Chain()
        self._main: Any = None

    def lay(self, frame: Any) -> Any:
        form = picture_form(frame, self._rate)
        if form != self._form:
            self._form, self._number = form, 0
            self._open(form)
        frame.pts, frame.time_base = self._number, 1 / self._rate
        self._number += 1
        self._main.push(frame)
        return next(self._chain.pull())

    def _open(self, form: str) -> None:
        self._chain = Chain()
        self._main = ground = self._chain.source(form)
        pictures = []
        for layer in self._layers:
            picture = _frame(layer.picture, "rgba")
            picture.pts, picture.time_base = 0, 1 / self._rate
            source = self._chain.source(picture_form(picture, self._rate))
            pictures.append((source, picture))
            self._chain.then("scale", "out_color_matrix=bt709:out_range=tv")
            front = self._chain.then("format", "yuva420p")
            place = f"{layer.x}:{layer.y}:eof_action=repeat:format=yuv420"
            ground = self._chain.then("overlay", place, behind=(ground, front))
        self._chain.end()
        for source, picture in pictures:
            source.push(picture)
            source.push(None)


def _frame(picture: Any, form: str) -> Any:
    """A Pillow picture as a frame, row by row as wide as FFmpeg lays them out."""
    import av

    made = av.VideoFrame(picture.width, picture.height, form)
    data, row = picture.tobytes(), picture.width * len(form.removesuffix("24"))
    plane = made.planes[0]
    gap = bytes(plane.line_size - row)
    plane.update(b"".join(data[at : at + row] + gap for at in range(0, len(data), row)))
    return made
