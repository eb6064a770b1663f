"""A clip of an item's chain: what people call it, which argument holds its prompt, and which tasks make and archive it.

The mark that a clip leaves on the task that makes it is how the report finds a DAG's chain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from airflow_provider_sora.exceptions import ConfigurationError

#: Attribute of an operator, no field of it: it is not serialized, and read where the DAG file was parsed.
_MARK = "sora_clip"


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip of a mapped task group.

    :param name: what people call it: ``insert``, ``remix`` …
    :param prompt: the group's argument that holds its prompt; an empty one means that it was not planned.
    :param make: id of the task that makes it, without the group's.
    :param archive: id of the task that archives it.
    """

    name: str
    prompt: str
    make: str
    archive: str

    def mark(self, operator: Any) -> None:
        """Let the report know that this operator makes the clip; for a group that is put together by hand."""
        setattr(operator, _MARK, self)


def groups_before(task: Any) -> dict[str, tuple[Clip, ...]]:
    """The mapped groups in front of a task, by their ids, each with its clips in the order of the DAG file.

    :param task: the reporting task, as the DAG file has it.
    """
    before = task.get_flat_relative_ids(upstream=True)
    groups: dict[str, list[Clip]] = {}
    for other in task.dag.tasks if task.dag else ():
        clip = getattr(other, _MARK, None)
        if clip is not None and other.task_id in before:
            groups.setdefault(other.task_id.removesuffix(f".{clip.make}"), []).append(clip)
    return {group: tuple(clips) for group, clips in groups.items()}


def clips_before(task: Any, named: Iterable[str | None] | None = None) -> dict[str, tuple[Clip, ...]]:
    """The groups of :func:`groups_before`, where it can be told which of them makes an item.

    Of one group the item at a map index is told by its place in the run's choice. Of several, each item has to name its
    group, as those of a film do; clips of another choice want a DAG of their own, or further clips in the chain.

    :param named: the groups that the items of the run's choice name; None where they name none.
    :raises ConfigurationError: there is no group, or there are several and an item names none of them; tasks that ran
        before have archived what they made.
    """
    groups = groups_before(task)
    if len(groups) == 1 or (groups and named is not None and all(name in groups for name in named)):
        return groups
    found = f"several: {', '.join(groups)}" if groups else "none"
    raise ConfigurationError(
        f"The report looks for one group of clips before task {task.task_id}, but there is {found}. What was "
        "archived stays archived, and nothing is made by this task. Put the report behind one group made by a "
        "ClipChain, or call report() with group and clips; then clear this task."
    )
