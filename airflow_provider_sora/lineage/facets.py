"""What is told, in OpenLineage's own form. Imported only where its provider runs, for it needs that client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attr
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    RunFacet,
    dataset_version_dataset,
    documentation_dataset,
    output_statistics_output_dataset,
    tags_dataset,
)

from airflow_provider_sora import __version__

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

    from airflow_provider_sora.lineage.told import Lineage, Told

_SCHEMA = "urn:airflow-provider-sora:openlineage"
#: Who says it; kept apart from Airflow's own producer, which signs the event.
PRODUCER = f"urn:airflow-provider-sora:{__version__}"


@attr.define(kw_only=True)
class SoraVideoDatasetFacet(DatasetFacet):
    """``sora_video``: the clip that a job or an object holds. Costs are in USD; None is unknown."""

    video_id: str
    parent_id: str | None = None
    call: str | None = None
    model: str | None = None
    seconds: float | None = None
    size: str | None = None
    status: str | None = None
    prompt_sha256: str | None = None
    estimated_usd: float | None = None
    billed_usd: float | None = None

    @staticmethod
    def _get_schema() -> str:
        return f"{_SCHEMA}:sora_video:1"


@attr.define(kw_only=True)
class SoraStoredDatasetFacet(DatasetFacet):
    """``sora_stored``: an object of the archive. ``role``: video, thumbnail, spritesheet or receipt."""

    role: str
    sha256: str | None = None
    crc32c: str | None = None
    generation: str | None = None
    content_type: str | None = None
    origin: str | None = None

    @staticmethod
    def _get_schema() -> str:
        return f"{_SCHEMA}:sora_stored:1"


@attr.define(kw_only=True)
class SoraItemDatasetFacet(DatasetFacet):
    """``sora_item``: the item of a feed, or row of a catalogue, that a clip was made of."""

    guid: str | None = None
    sku: str | None = None
    market: str | None = None
    brand: str | None = None
    desk: str | None = None

    @staticmethod
    def _get_schema() -> str:
        return f"{_SCHEMA}:sora_item:1"


@attr.define(kw_only=True)
class SoraReferenceDatasetFacet(DatasetFacet):
    """``sora_reference``: the picture that a clip starts from, as it was sent."""

    sha256: str | None = None
    width: int | None = None
    height: int | None = None

    @staticmethod
    def _get_schema() -> str:
        return f"{_SCHEMA}:sora_reference:1"


@attr.define(kw_only=True)
class SoraCostRunFacet(RunFacet):
    """``sora_cost``: what the task's job costs, and which try submitted it. Every try tells of the same job."""

    video_id: str
    currency: str = "USD"
    estimated_usd: float | None = None
    billed_usd: float | None = None
    call: str | None = None
    submitted_by_try: int | None = None

    @staticmethod
    def _get_schema() -> str:
        return f"{_SCHEMA}:sora_cost:1"


_OURS = {
    "video": ("sora_video", SoraVideoDatasetFacet),
    "stored": ("sora_stored", SoraStoredDatasetFacet),
    "item": ("sora_item", SoraItemDatasetFacet),
    "reference": ("sora_reference", SoraReferenceDatasetFacet),
}


def in_openlineage(lineage: Lineage) -> OperatorLineage:
    """The whole, for the OpenLineage provider."""
    from airflow.providers.openlineage.extractors import OperatorLineage

    cost = lineage.cost
    return OperatorLineage(
        inputs=[InputDataset(*_named(told), facets=_facets(told)) for told in lineage.inputs],
        outputs=[
            OutputDataset(*_named(told), facets=_facets(told), outputFacets=_written(told)) for told in lineage.outputs
        ],
        run_facets={} if cost is None else {"sora_cost": SoraCostRunFacet(**cost, producer=PRODUCER)},
    )


def _named(told: Told) -> tuple[str, str]:
    return told.place.namespace, told.place.name


def _facets(told: Told) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute, (name, facet) in _OURS.items():
        values: Mapping[str, Any] | None = getattr(told, attribute)
        if values:
            found[name] = facet(**values, producer=PRODUCER)
    if told.version:
        found["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(told.version)
    if told.labels:
        fields = tags_dataset.TagsDatasetFacetFields
        tags = [fields(key, str(value), source="USER") for key, value in told.labels.items()]
        found["tags"] = tags_dataset.TagsDatasetFacet(tags=tags)
    if told.video:
        found["documentation"] = documentation_dataset.DocumentationDatasetFacet("Video made by a model. AI generated.")
    return found


def _written(told: Told) -> dict[str, Any]:
    if told.bytes is None:
        return {}
    facet = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
    return {"outputStatistics": facet(size=told.bytes, fileCount=1)}
