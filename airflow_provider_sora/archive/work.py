"""The state of one archive call, handed from step to step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_provider_sora.archive import naming

if TYPE_CHECKING:
    from airflow_provider_sora.protocol.content.source import ContentSource
    from airflow_provider_sora.record import VideoRecord
    from airflow_provider_sora.stores.contract import ObjectStore
    from airflow_provider_sora.stores.options import ArchiveOptions


@dataclass(slots=True)
class Work:
    """What one call works with and what it has moved so far.

    :param stored: content bytes sent to the store; ``fetched``: read from the server.
    :param objects: the receipt's entries, by asset.
    :param video_file: the video's file name, which follows from what it turned out to be.
    :param checked: whether anybody could say that the video is whole.
    """

    store: ObjectStore
    source: ContentSource
    record: VideoRecord
    options: ArchiveOptions
    log: Any
    stored: int = 0
    fetched: int = 0
    objects: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    video_file: str = naming.FILE_NAMES[naming.VIDEO]
    checked: bool = True

    def name(self, asset: str) -> str:
        if asset == naming.VIDEO:
            return naming.object_in_folder(self.record.video_id, self.video_file)
        return naming.asset_name(self.record.video_id, asset)
