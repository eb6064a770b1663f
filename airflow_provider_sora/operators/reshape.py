"""Operators that make copies of one archived clip, in other shapes or with a visible mark; the original stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.operators.shared.archive_base import STORE_FIELDS, ArchiveOperatorBase
from airflow_provider_sora.operators.shared.base import at_the_edge

if TYPE_CHECKING:
    from airflow.sdk import Context


class _CopyOperatorBase(ArchiveOperatorBase):
    """One clip, and where its copies go.

    :param video: output of the task that archived it. Templated.
    :param destination: prefix to archive under; None puts the copies beside the original: under the prefix it lies in.
        Templated.
    """

    def __init__(self, *, video: Any, destination: str | None = None, **kwargs: Any) -> None:
        super().__init__(destination=destination, **kwargs)  # type: ignore[arg-type]
        self.video = video


class ShapeVideoOperator(_CopyOperatorBase):
    """Copies of an archived clip in other shapes, such as ``16:9``, ``9:16`` and ``1:1``; see ``docs/cut.md``.

    :param shapes: list of shapes, width by height. Templated.
    :param fit: ``crop`` to shape around ``focus``, or show the whole on its own blurred picture (``blur``) or on black
        (``pad``). Templated.
    :param focus: x and y from 0 to 1 that a crop keeps in view, or a mapping of these by shape. Templated.
    :param short_side: pixels of the shorter side; None takes the clip's own. Templated.
    :param mark: as for :class:`MarkVideoOperator`, to do both in one pass. Templated.
    :param font: address of a font for the mark's words. Templated.
    :param encoding: as for :class:`~airflow_provider_sora.operators.cut.CutVideosOperator`. Templated.

    Returns the copies' records, in the order of ``shapes``, each labelled with its ``shape``. A shape that the clip has
    already is copied packet by packet.

    :raises ConfigurationError: a value that cannot be meant, or the clip is not archived; nothing was stored.
    :raises ContentError: the clip is no longer what its receipt says.
    :raises ArchiveError: it cannot be read, or the store failed; a retry goes on with the shapes that are missing.
    """

    template_fields: Sequence[str] = (
        "video", "shapes", "fit", "focus", "short_side", "mark", "font", "encoding", *STORE_FIELDS
    )  # fmt: skip

    def __init__(
        self,
        *,
        shapes: Sequence[str] | str,
        fit: str = "crop",
        focus: Sequence[float] | Mapping[str, Sequence[float]] | str | None = None,
        short_side: int | str | None = None,
        mark: str | Mapping[str, Any] | None = None,
        font: str | None = None,
        encoding: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.shapes = shapes
        self.fit = fit
        self.focus = focus
        self.short_side = short_side
        self.mark = mark
        self.font = font
        self.encoding = encoding

    def execute(self, context: Context) -> list[dict[str, Any]]:
        from airflow_provider_sora.tasks.archiving.copying import make_shapes

        with at_the_edge():
            results = make_shapes(
                self.video,
                shapes=self.shapes,
                focus=self.focus,
                short_side=self.short_side,
                settings={"fit": self.fit, "mark": self.mark, "font": self.font},
                encoding=self.encoding,
                context=context,
                destination=self.destination,
                options=self._options(),
                labels=self.labels,
                log=self.log,
            )
            self._report(context, results, [result.record.dialect for result in results])
        return [result.record.to_xcom() for result in results]


class MarkVideoOperator(_CopyOperatorBase):
    """A copy of an archived clip with a visible mark on every picture; the original stays untouched.

    :param mark: words such as "AI generated", or a mapping with ``text`` or ``picture`` and any of ``corner``,
        ``opacity``, ``height``. Templated.
    :param font: address of a font for the mark's words. Templated.
    :param encoding: as for :class:`~airflow_provider_sora.operators.cut.CutVideosOperator`. Templated.

    Returns the copy's record.

    :raises ConfigurationError: a value that cannot be meant, or the clip is not archived; nothing was stored.
    :raises InvalidRequestError: the mark's picture or the font cannot be read.
    :raises ContentError: the clip is no longer what its receipt says.
    :raises ArchiveError: it cannot be read, or the store failed.
    """

    template_fields: Sequence[str] = ("video", "mark", "font", "encoding", *STORE_FIELDS)

    def __init__(
        self,
        *,
        mark: str | Mapping[str, Any] = "AI generated",
        font: str | None = None,
        encoding: Mapping[str, Any] | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mark = mark
        self.font = font
        self.encoding = encoding

    def execute(self, context: Context) -> dict[str, Any]:
        from airflow_provider_sora.tasks.archiving.copying import make_marked

        with at_the_edge():
            result = make_marked(
                self.video,
                settings={"mark": self.mark, "font": self.font},
                encoding=self.encoding,
                context=context,
                destination=self.destination,
                options=self._options(),
                labels=self.labels,
                log=self.log,
            )
            self._report(context, [result], [result.record.dialect])
        return result.record.to_xcom()


__all__ = ["MarkVideoOperator", "ShapeVideoOperator"]
