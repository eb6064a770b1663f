"""The tasks of a film between its choice and its report: scenes in waves, and the cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import get_current_context, task

from airflow_provider_sora.kit.chain import ClipChain
from airflow_provider_sora.operators.cut import CutVideosOperator
from airflow_provider_sora.runs.clips import Clip
from airflow_provider_sora.runs.films.gathering import GATHER, gather, remember_cut, take_settings
from airflow_provider_sora.runs.films.waves import begin_wave, group_of, skip_scene

#: Tasks of a film behind its scenes, for ``report(also=…)``.
CUT = (GATHER, "cut")


def scene_chain(create: Mapping[str, Any] | None = None) -> ClipChain:
    """A scene: one clip, archived, and paid for once.

    :param create: further arguments of the create operator, by name.
    """
    return ClipChain(
        (Clip("scene", prompt="prompt", make="make", archive="archive"),),
        photo=True,
        once=True,
        each=("extra_body", "characters"),
        create={"pre_execute": skip_scene, **(create or {})},
    )


def waves(chosen: Any, chain: ClipChain, count: int) -> Any:
    """Mapped groups ``wave_1`` … ``wave_n``, one mapped group a scene in each, and in front of each a task that gives
    the scenes their beginnings. A wave waits for the whole one before it, also where that has failures.

    :param chosen: what :func:`~airflow_provider_sora.kit.tasks.choose` returned.
    :param count: how many scenes may continue each other.
    :returns: the last group.
    """
    before = chosen
    for number in range(1, count + 1):
        before = _wave(before, chain, number)
    return before


def _wave(before: Any, chain: ClipChain, number: int) -> Any:
    # What it returns holds prompts: not for the log.
    @task(
        task_id=f"begin_{number}",
        trigger_rule="all_success" if number == 1 else "all_done",
        show_return_value_in_logs=False,
    )
    def begin() -> list[dict[str, Any]]:
        return begin_wave(get_current_context(), number)

    begun: Any = begin()
    before >> begun
    group = chain.group(group_of(number)).expand_kwargs(begun)
    return group


def cut(made: Any, **arguments: Any) -> Any:
    """Tasks ``film`` and ``cut`` behind the scenes: all clips of the film in order, cut as the storyboard says, and
    archived. Both are skipped where a scene is missing, which is named, and where the film of these clips is there
    already. Param ``placeholders`` of the DAG: a card stands for a scene that is missing.

    :param made: what :func:`waves` returned.
    :param arguments: further ones of :class:`CutVideosOperator`, by name.
    """

    @task(task_id=GATHER, trigger_rule="all_done")
    def film() -> dict[str, Any]:
        return gather(get_current_context())

    gathered: Any = film()
    made >> gathered
    return CutVideosOperator(
        **{
            "task_id": "cut",
            "videos": gathered["videos"],
            "title": gathered["title"],
            "destination": gathered["destination"],
            "labels": gathered["labels"],
            "gcp_conn_id": "{{ params.gcp_conn_id or '' }}",
            "pre_execute": take_settings,
            "post_execute": remember_cut,
            **arguments,
        }
    )


__all__ = ["CUT", "cut", "scene_chain", "waves"]
