"""Filter graphs of libavfilter that frames are handed to and taken from, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

#: How sound travels through a film: 32-bit floats, stereo, 48 kHz.
SOUND_FORM = "sample_rate=48000:sample_fmt=fltp:channel_layout=stereo:time_base=1/48000"
#: FFmpeg's number for the colours of high-definition video, and for levels from 16 to 235; ``UNKNOWN`` for neither.
BT709, LIMITED, UNKNOWN = 1, 1, 2


class Chain:
    """A graph under construction: filters are added one behind the other, with any number of inputs.

    ``chain.source(…)`` opens an input; ``chain.then(name, args)`` puts a filter behind the given ends, by default
    behind the last; ``chain.end()`` closes it. Then ``push`` and ``pull``.
    """

    def __init__(self, *, sound: bool = False) -> None:
        from av.filter import Graph

        self._graph: Any = Graph()
        self._sound = sound
        self._last: Any = None
        self._sink: Any = None
        self._inputs: list[Any] = []

    def source(self, form: str = SOUND_FORM) -> Any:
        self._last = self._graph.add("abuffer" if self._sound else "buffer", form)
        self._inputs.append(self._last)
        return self._last

    def then(self, name: str, args: str = "", *, behind: Sequence[Any] = (), output: int = 0) -> Any:
        """:param behind: the ends that flow into it; an output of ``split`` is chosen by ``output``."""
        made = self._graph.add(name, args or None)
        for number, end in enumerate(behind or (self._last,)):
            end.link_to(made, output, number)
        self._last = made
        return made

    def end(self) -> None:
        self.then("abuffersink" if self._sound else "buffersink")
        self._sink = self._last
        self._graph.configure()

    def push(self, *frames: Any) -> Iterator[Any]:
        """Hand one frame to every input, None for its end, and take what comes out."""
        for source, frame in zip(self._inputs, frames, strict=True):
            source.push(frame)
        yield from self.pull()

    def pull(self) -> Iterator[Any]:
        import av

        while True:
            try:
                yield self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return

    def one(self, *frames: Any) -> Any:
        """As :meth:`push`, of a graph that gives one frame for each."""
        return next(self.push(*frames))


def picture_form(frame: Any, rate: Any) -> str:
    """What a graph is told of the pictures that it will be handed."""
    return (
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:pixel_aspect=1/1:"
        f"time_base={1 / rate}:frame_rate={rate}:colorspace={frame.colorspace}:range={frame.color_range}"
    )
