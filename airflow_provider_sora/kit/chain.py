"""A chain of clips as tasks: create, archive, remix, archive …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from typing import Any

from airflow.sdk import task_group

from airflow_provider_sora.exceptions import ConfigurationError
from airflow_provider_sora.operators.archive import ArchiveVideoOperator
from airflow_provider_sora.operators.private import CreatePrivateVideoOperator
from airflow_provider_sora.operators.shared.base import REFERENCE
from airflow_provider_sora.operators.video import CreateVideoOperator, RemixOperator
from airflow_provider_sora.runs.clips import Clip
from airflow_provider_sora.runs.gates import skip_without_prompt
from airflow_provider_sora.runs.once import remember_clip, skip_made

#: A server may say only when it is asked for a remix that it has none.
#: ``create`` and ``none`` are what the param said before it took the operator's own words.
_FALLBACK = "{{ 'recreate' if params.variant_fallback in ('recreate', 'create') else 'fail' }}"


@dataclass(frozen=True)
class ClipChain:
    """Clips of one item: the first is made from its prompt, each further one is a remix of the one before.

    :param clips: at least one. A clip whose prompt is empty is skipped, and so are those that start from it.
    :param photo: the first clip starts from the item's photo: arguments ``photo`` and ``pad_color``.
    :param once: an archived first clip is remembered by the labels ``fingerprint`` and ``variant``, and one that
        another run archived meanwhile is skipped; adds the argument ``max_jobs``.
    :param each: further arguments of the :class:`CreateVideoOperator` of which every item has its own, such as
        ``extra_body``.
    :param private: its one clip is made of private data by a
        :class:`~airflow_provider_sora.operators.private.CreatePrivateVideoOperator`; adds the argument ``private_row``.
    :param variant_fallback: with ``photo``: the DAG's param ``variant_fallback`` may be ``recreate``, which makes a
        variant from the photo again where the server has no remix.
    :param create: further arguments of the :class:`CreateVideoOperator`, by name; ``remix`` and ``archive`` likewise.
    :raises ConfigurationError: no clip, or two with the same task or prompt; raised where the DAG file is parsed.
    """

    clips: tuple[Clip, ...]
    photo: bool = False
    once: bool = False
    each: tuple[str, ...] = ()
    variant_fallback: bool = False
    private: bool = False
    create: Mapping[str, Any] = field(default_factory=dict)
    remix: Mapping[str, Any] = field(default_factory=dict)
    archive: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tasks = [task for clip in self.clips for task in (clip.make, clip.archive)]
        names = [name for clip in self.clips for name in (clip.name, clip.prompt)]
        if not tasks or len(set(tasks)) < len(tasks) or len(set(self.prompts)) < len(self.clips):
            raise ConfigurationError(
                f"A chain needs clips with tasks and prompts of their own, but has tasks {tasks} and names {names}.",
                step="correct the DAG file.",
            )
        if self.private and len(self.clips) > 1:
            raise ConfigurationError(
                "A chain of private data has one clip: what a remix says of it would have to be private too.",
                step="make a second chain of what is not private.",
            )

    @property
    def prompts(self) -> tuple[str, ...]:
        """The arguments that hold prompts."""
        return tuple(clip.prompt for clip in self.clips)

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the group takes of every item."""
        pictures = ("photo", "pad_color") if self.photo else ()
        last = (*(("max_jobs",) if self.once else ()), *(("private_row",) if self.private else ()))
        return (*self.prompts, *pictures, *self.each, "model", "seconds", "size", "labels", "destination", *last)

    def group(self, group_id: str) -> Any:
        """The chain as Airflow's own ``@task_group``: map it with ``.expand_kwargs(items)``, or call it."""

        def chain(**arguments: Any) -> None:
            self.tasks(**arguments)

        # Airflow maps a group over the arguments that its function names, and these depend on the clips.
        named = [Parameter(name, Parameter.KEYWORD_ONLY) for name in self.arguments]
        chain.__signature__ = Signature(named)  # type: ignore[attr-defined]
        return task_group(group_id=group_id)(chain)

    def tasks(self, **arguments: Any) -> list[Any]:
        """The operators, in order, for a group or DAG of one's own.

        :param arguments: a value for each of :attr:`arguments`, or what a mapped group has in its place.
        """
        labels, destination = arguments["labels"], arguments["destination"]
        storing = {"destination": destination, "gcp_conn_id": "{{ params.gcp_conn_id or '' }}", **self.archive}
        made: list[Any] = []
        for number, clip in enumerate(self.clips):
            common = {
                "task_id": clip.make,
                "prompt": arguments[clip.prompt],
                "deferrable": True,
                "labels": labels,
                "poll_interval": "{{ params.poll_interval }}",
            }
            operator = self._remix(arguments, common, made[-2]) if number else self._create(arguments, common)
            clip.mark(operator)
            remembering = {"post_execute": remember_clip} if self.once and not number else {}
            made += [
                operator,
                ArchiveVideoOperator(task_id=clip.archive, video=operator.output, **{**remembering, **storing}),
            ]
        return made

    def _create(self, arguments: Mapping[str, Any], common: Mapping[str, Any]) -> CreateVideoOperator:
        row = {"private_row": arguments["private_row"]} if self.private else {}
        return (CreatePrivateVideoOperator if self.private else CreateVideoOperator)(
            **{
                **common,
                **self._picture(arguments, self.create),
                **{name: arguments[name] for name in (*self.each, "model", "seconds", "size")},
                "sora_conn_id": "{{ params.sora_conn_id }}",
                "max_jobs": arguments["max_jobs"] if self.once else "{{ params.max_jobs_per_clip }}",
                "pre_execute": skip_made if self.once else skip_without_prompt,
                **row,
                **self.create,
            }
        )

    def _remix(self, arguments: Mapping[str, Any], common: Mapping[str, Any], source: Any) -> RemixOperator:
        again = {**self._picture(arguments, self.remix), "variant_fallback": _FALLBACK} if self.variant_fallback else {}
        return RemixOperator(
            **{
                **common,
                **again,
                "video": source.output,
                "max_jobs": "{{ params.max_jobs_per_clip }}",
                "pre_execute": skip_without_prompt,
                **self.remix,
            }
        )

    def _picture(self, arguments: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
        """The photo and how it fits; what the DAG file says under a former name, such as ``pad_color``, goes first."""
        if not self.photo:
            return {}
        options = {"fit": "contain", "pad_color": arguments["pad_color"]}
        said = {name.removeprefix("reference_") for name in REFERENCE if name in further}
        return {
            "input_reference": arguments["photo"],
            "reference_options": {key: value for key, value in options.items() if key not in said},
        }
