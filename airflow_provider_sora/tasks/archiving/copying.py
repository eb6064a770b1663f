"""Copies of one archived clip from an operator's rendered arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive.cutting.copies import beside, copy_order, shape_size
from airflow_provider_sora.archive.cutting.edit_list import told_edit
from airflow_provider_sora.archive.cutting.parts import look_up
from airflow_provider_sora.archive.cutting.workshop import Workshop, cut_videos
from airflow_provider_sora.archive.facts import DERIVED
from airflow_provider_sora.arguments import as_labels, as_place, check_names, is_blank, wrong
from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.record import read_record, rendered_value
from airflow_provider_sora.tasks.archiving.archive_support import run_facts
from airflow_provider_sora.tasks.archiving.cutting import read_encoding, reader

if TYPE_CHECKING:
    from airflow_provider_sora.archive.archiver import ArchiveResult
    from airflow_provider_sora.archive.cutting.edit_list import Order
    from airflow_provider_sora.archive.facts import Facts
    from airflow_provider_sora.media.cut.encode import Encoding
    from airflow_provider_sora.stores.options import ArchiveOptions


def make_shapes(
    video: object,
    *,
    shapes: object,
    focus: object,
    short_side: object,
    settings: Mapping[str, Any],
    encoding: object,
    options: ArchiveOptions,
    labels: Any,
    **where: Any,
) -> list[ArchiveResult]:
    """One copy in each shape; all is checked before the first is made.

    :raises ConfigurationError: a value that cannot be meant; nothing was stored.
    """
    record, how = read_record(video), read_encoding(encoding)
    facts = look_up(record, options)
    sizes = {str(shape).strip(): shape_size(shape, facts, short_side) for shape in _list_of("shapes", shapes)}
    points = _focus_by_shape(focus, sizes)
    orders = [
        (shape, copy_order(record, {**settings, "size": size, "focus": points.get(shape)}))
        for shape, size in sizes.items()
    ]
    return [
        _copied("shape", order, facts, how, options, {**as_labels(labels), "shape": shape}, **where)
        for shape, order in orders
    ]


def make_marked(
    video: object,
    *,
    settings: Mapping[str, Any],
    encoding: object,
    options: ArchiveOptions,
    labels: Any,
    **where: Any,
) -> ArchiveResult:
    """The copy with its mark.

    :raises ConfigurationError: a value that cannot be meant; nothing was stored.
    """
    record, how = read_record(video), read_encoding(encoding)
    order = copy_order(record, settings)
    if order.edit.mark is None:
        raise ConfigurationError("There is no mark to lay over the copy.", step="give mark, or leave it out.")
    return _copied("mark", order, look_up(record, options), how, options, as_labels(labels), **where)


def _copied(
    call: str,
    order: Order,
    facts: Facts,
    encoding: Encoding | None,
    options: ArchiveOptions,
    labels: Mapping[str, str],
    *,
    context: Mapping[str, Any],
    destination: object,
    log: Any,
) -> ArchiveResult:
    request = {"call": call, "edit": told_edit(order.edit, options.prompt_storage)}
    with Workshop(order, options, reader(options), encoding, log, prefix=call) as workshop:
        return cut_videos(
            workshop,
            destination=as_place("destination", destination) or beside(order.records[0]),
            options=options,
            request=request,
            kind=DERIVED,
            parents=(facts.video_id, *facts.parent_chain),
            labels=labels,
            run=run_facts(context),
            log=log,
        )


def _focus_by_shape(focus: object, shapes: Collection[str]) -> dict[str, object]:
    """What is kept in view in each shape.

    :raises ConfigurationError: a shape is named that is not made.
    """
    if isinstance(focus, str) and not is_blank(focus):
        focus = rendered_value(focus)
    if not isinstance(focus, Mapping):
        return dict.fromkeys(shapes, focus)
    check_names("shapes", list(focus), shapes)
    return dict(focus)


def _list_of(name: str, value: object) -> Sequence[Any]:
    """A list, or text that is one or whose parts stand between commas.

    :raises ConfigurationError: there is nothing in it.
    """
    if isinstance(value, str) and not is_blank(value):
        value = rendered_value(value) if value.strip()[0] in "[(" else value.split(",")
    if isinstance(value, (str, Mapping)) or not hasattr(value, "__iter__") or not list(value):
        raise wrong(name, value, "a list with at least one")
    return list(value)
