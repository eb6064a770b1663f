"""Operators that make films of archived clips: they pay for nothing, and a retry meets its own film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.operators.shared.archive_base import STORE_FIELDS, ArchiveOperatorBase
from airflow_provider_sora.operators.shared.base import at_the_edge

if TYPE_CHECKING:
    from airflow.sdk import Context

FILM_FIELDS = (
    "loop",
    "size",
    "rate",
    "fit",
    "focus",
    "music",
    "loudness",
    "captions",
    "burn_captions",
    "mark",
    "font",
)


class FilmOperatorBase(ArchiveOperatorBase):
    """What a film is made of; every argument is templated.

    :param videos: the shots in order: outputs of archive tasks; mappings with one under ``video`` and any of ``start``,
        ``end`` (seconds), ``blend`` (frames that dissolve into the next shot), ``captions``, ``gain_db``, ``name``; or
        mappings with the words of a ``card`` and its ``seconds``. None entries are left out.
    :param title: words for the receipt and the index page.
    :param loop: frames over which the end dissolves into the begin.
    :param size: such as ``1280x720``; None takes the first clip's. ``rate``: frames a second, likewise.
    :param fit: how a clip of another shape is shown: ``pad``, ``blur`` or ``crop`` around ``focus``, x and y from 0 to
        1.
    :param music: address of a file with sound, or a mapping with it under ``source`` and any of ``start``, ``fade_in``,
        ``fade_out``, ``gain_db``, ``duck_db``.
    :param loudness: LUFS after EBU R128; None leaves it, or is -14 where there is music.
    :param captions: list of mappings with ``start``, ``end``, ``text`` and perhaps ``speaker``, by the seconds of the
        film. They and those of the shots lie beside the film as ``captions.vtt`` and ``captions.srt``.
    :param burn_captions: draw them into the pictures, too.
    :param mark: words that are laid over every picture, or a mapping with ``text`` or ``picture`` and any of
        ``corner``, ``opacity``, ``height``.
    :param font: address of a font for all words; None takes Noto Sans JP.
    """

    def __init__(
        self,
        *,
        videos: Any,
        title: str | None = None,
        loop: int | str | None = None,
        size: str | Sequence[int] | None = None,
        rate: float | str | None = None,
        fit: str | None = None,
        focus: Sequence[float] | str | None = None,
        music: str | Mapping[str, Any] | None = None,
        loudness: float | str | None = None,
        captions: Sequence[Mapping[str, Any]] | str | None = None,
        burn_captions: bool | None = None,
        mark: str | Mapping[str, Any] | None = None,
        font: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.videos = videos
        self.title = title
        self.loop = loop
        self.size = size
        self.rate = rate
        self.fit = fit
        self.focus = focus
        self.music = music
        self.loudness = loudness
        self.captions = captions
        self.burn_captions = burn_captions
        self.mark = mark
        self.font = font

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in FILM_FIELDS}


class CutVideosOperator(FilmOperatorBase):
    """Cut archived clips into one film after an edit list, and archive that; copied packet by packet where it can be.

    The film: :class:`FilmOperatorBase`.

    :param encoding: any of ``crf``, ``preset``, ``sound_bits``; see
        :class:`~airflow_provider_sora.media.cut.encode.Encoding`. Templated.

    The film's id is a hash of its parts and its edit list, so the same film is made once only. Returns its record; the
    receipt lists the parts. Needs the ``[media]`` extra, and ``[edit]`` for words on the pictures.

    :raises ConfigurationError: a value that cannot be meant, a clip that is not archived, or an edit list that does not
        fit its clips; the shot is named and nothing was stored.
    :raises InvalidRequestError: music, picture or font cannot be read.
    :raises ContentError: a clip is no longer what its receipt says.
    :raises ArchiveError: a clip cannot be read, or the store failed; a retry costs no render.
    """

    template_fields: Sequence[str] = ("videos", "title", *FILM_FIELDS, "encoding", *STORE_FIELDS)

    def __init__(self, *, encoding: Mapping[str, Any] | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.encoding = encoding

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.tasks.archiving.cutting import cut_film

        with at_the_edge():
            result = cut_film(
                self.videos,
                self._settings(),
                context=context,
                title=self.title,
                encoding=self.encoding,
                destination=self._destination(),
                options=self._options(),
                labels=self.labels,
                log=self.log,
            )
            self._report(context, [result], [result.record.dialect])
        return result.record.to_xcom()


class HandOffFilmOperator(FilmOperatorBase):
    """A film as a folder for an editor: clips, music, captions, and the timeline as OTIO, FCP XML and EDL.

    :param since: address of the hand-off to compare with; None takes the latest one of the same title below
        ``destination``. Templated.

    The film: :class:`FilmOperatorBase`; what is drawn over pictures or done to the sound is left to the editor. The
    clips are those of the archive, byte for byte and whole. Returns the folder's address and what changed since the
    hand-off before. Needs the ``[edit]`` extra.

    :raises ConfigurationError: a value that cannot be meant, or an edit list that does not fit its clips.
    :raises ContentError: a clip, or the earlier hand-off, is not what it should be.
    :raises ForeignObjectError: a name is taken by something else; it was not touched.
    :raises ArchiveError: a clip cannot be read, or the store failed; a retry goes on with what is missing.
    """

    template_fields: Sequence[str] = ("videos", "title", *FILM_FIELDS, "since", *STORE_FIELDS)
    operator_extra_links = ()  # type: ignore[assignment] # there is no one video to link to

    def __init__(self, *, since: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.since = since

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.tasks.archiving.cutting import hand_over_film

        with at_the_edge():
            found = hand_over_film(
                self.videos,
                self._settings(),
                context=context,
                title=self.title,
                since=self.since,
                destination=self._destination(),
                options=self._options(),
                log=self.log,
            )
        return found.to_xcom()


__all__ = ["CutVideosOperator", "HandOffFilmOperator"]
