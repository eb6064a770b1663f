"""Copies of one archived video: in other shapes, or with a visible mark (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from airflow_provider_sora.archive.cutting.edit_list import Order, read_settings
from airflow_provider_sora.archive.facts import Facts
from airflow_provider_sora.arguments import as_count, wrong
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.media.cut.edit import Clip, Edit
from airflow_provider_sora.record import VideoRecord

_SHAPE = re.compile(r"([1-9][0-9]?):([1-9][0-9]?)")


def shape_size(shape: object, facts: Facts, short_side: object = None) -> tuple[int, int]:
    """The size of a copy in a shape.

    :param shape: such as ``9:16``, width by height.
    :param short_side: pixels of the shorter side; None takes that of the original.
    :raises ConfigurationError: it is no shape, or nobody knows the original's size.
    """
    found = _SHAPE.fullmatch(shape.strip()) if isinstance(shape, str) else None
    if found is None:
        raise wrong("shapes", shape, "shapes such as 16:9, 9:16 or 1:1")
    short = as_count("short_side", short_side)
    if short is None:
        if not facts.width or not facts.height:
            raise ConfigurationError(
                f"The receipt of video {facts.video_id} does not say how large it is.", step="give short_side."
            )
        short = min(facts.width, facts.height)
    wide = Fraction(int(found[1]), int(found[2]))
    return (_even(short * wide), _even(short)) if wide >= 1 else (_even(short), _even(short / wide))


def copy_order(record: VideoRecord, settings: Mapping[str, Any]) -> Order:
    """One whole clip under an edit list's settings.

    :raises ConfigurationError: a setting that cannot be meant.
    """
    return Order(Edit((Clip("0", name=record.video_id),), **read_settings(settings)), (record,))


def beside(record: VideoRecord) -> str:
    """The prefix under which an archived video's folder lies: where its copies go unless said otherwise.

    :raises ConfigurationError: it is not archived.
    """
    if not record.uri:
        raise ConfigurationError(
            f"Video {record.video_id} is not archived, so it has no copies.",
            step="pass the output of ArchiveVideoOperator.",
            video_id=record.video_id,
        )
    return record.uri.rsplit("/", 2)[0]


def _even(value: float | Fraction) -> int:
    return max(2, round(value / 2) * 2)
